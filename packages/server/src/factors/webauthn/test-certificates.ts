import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** A certificate of a test, and the key that goes with it. */
export interface TestCertificate {
  readonly der: Buffer
  readonly key: KeyObject
  readonly subject: Buffer
}

interface Wanted {
  readonly name?: string
  /** Who signs it: itself unless given. */
  readonly issuer?: TestCertificate
  readonly isCa?: boolean
  readonly from?: Date
  readonly until?: Date
  /** The extension of FIDO that names a kind of authenticator, 32 hexadecimal digits. */
  readonly aaguid?: string
}

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts)
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content])
  if (content.length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, content.length), content])
  return Buffer.concat([Buffer.of(tag, 0x82, content.length >> 8, content.length & 0xff), content])
}
const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts)
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))

function nameOf(common: string): Buffer {
  const part = (id: string, text: string) => der(0x31, sequence(oid(id), der(0x0c, Buffer.from(text))))
  return sequence(
    part('550406', 'DE'),
    part('55040a', 'Gatehouse tests'),
    part('55040b', 'Authenticator Attestation'),
    part('550403', common),
  )
}

function extension(id: string, value: Uint8Array): Buffer {
  return sequence(oid(id), der(0x04, value))
}

function timeOf(date: Date): Buffer {
  const text = `${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`
  return der(0x18, Buffer.from(text))
}

/** An X.509 certificate of version 3 (RFC 5280) on P-256, as makers of authenticators have them. */
export function makeCertificate(wanted: Wanted = {}): TestCertificate {
  const { name = 'Test root', issuer, isCa = issuer === undefined, aaguid } = wanted
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = nameOf(name)
  const extensions = [
    extension('551d13', sequence(...(isCa ? [der(0x01, Buffer.of(0xff))] : []))),
    ...(aaguid ? [extension('2b0601040182e51c010104', der(0x04, Buffer.from(aaguid, 'hex')))] : []),
  ]
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ecdsaWithSha256,
    issuer?.subject ?? subject,
    sequence(timeOf(wanted.from ?? new Date('2020-01-01')), timeOf(wanted.until ?? new Date('2120-01-01'))),
    subject,
    publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, sequence(...extensions)),
  )
  const signature = sign('sha256', body, issuer?.key ?? privateKey)
  const whole = sequence(body, ecdsaWithSha256, der(0x03, Buffer.of(0), signature))
  return { der: whole, key: privateKey, subject }
}

/** PEM, as operators keep it. */
export function toPem(certificate: TestCertificate): string {
  const lines = certificate.der.toString('base64').replace(/(.{64})/g, '$1\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

/** What a metadata BLOB holds, signed by a certificate of `issuer`. */
export function makeBlob(
  issuer: TestCertificate,
  payload: unknown,
  signer = makeCertificate({ name: 'mds', issuer }),
): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${encode({ alg: 'ES256', typ: 'JWT', x5c: [signer.der.toString('base64')] })}.${encode(payload)}`
  const signature = sign('sha256', Buffer.from(signed), { key: signer.key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}
