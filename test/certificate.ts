import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { judge } from './judge.ts'

/** A certificate for this machine (P-256, signed by itself) as files and as text. */
export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
  readonly cert: string
  readonly key: string
}

/** Makes certificates in a folder that goes with the test. Undefined, with a line that says so, where OpenSSL is missing. */
export function certificateMaker(t: TestContext): ((name: string) => Certificate) | undefined {
  const openssl = judge('openssl', 'openssl')
  if (openssl.missing) {
    t.diagnostic(`not checked: TLS (${openssl.missing})`)
    return undefined
  }
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return (name) => {
    const [certFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1']
    openssl.run(['req', ...kind, ...names, '-keyout', keyFile, '-out', certFile])
    return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
  }
}

/** Puts a certificate and its key in the place of another one's, as a renewal does. */
export function renew(place: Certificate, by: Certificate): void {
  writeFileSync(place.certFile, by.cert)
  writeFileSync(place.keyFile, by.key)
}
