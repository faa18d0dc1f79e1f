import { X509Certificate } from 'node:crypto'
import { allowList } from './clients/allow-list.ts'
import type { Config } from './config.ts'
import type { Entrance } from './http/entrance.ts'
import { openTlsDoor, type TlsDoor, type TlsPair } from './http/tls-door.ts'
import { isLoopback } from './kernel/address.ts'
import { findKeyRisk, readTlsPair, watchTlsFiles } from './tls-files.ts'

/** Whether the server is for people's accounts or for trying things out on one machine. */
export type Mode = 'production' | 'development'

/** Why the server must not start like this, in a sentence for the operator; undefined when it may. */
export function findExposure(
  { tls, trustedProxies, publicUrl, host, databaseUrl }: Config,
  mode: Mode,
): string | undefined {
  if (mode === 'development') {
    if (isLoopback(host)) return undefined
    return `gatehouse dev answers plain HTTP, and so on this machine only: set GATEHOUSE_HOST to 127.0.0.1 in place of ${host}, or use gatehouse serve.`
  }
  if (!tls && trustedProxies.length === 0) {
    return 'Passwords would travel in plain HTTP: set GATEHOUSE_TLS_CERT_FILE and GATEHOUSE_TLS_KEY_FILE, or name the proxy that speaks TLS in GATEHOUSE_TRUSTED_PROXIES (gatehouse dev needs neither).'
  }
  if (publicUrl !== undefined && !/^https:/i.test(publicUrl)) {
    return `GATEHOUSE_PUBLIC_URL is ${publicUrl}, but people and applications are let in over HTTPS only: write https://.`
  }
  if (databaseUrl !== undefined && publicUrl === undefined) {
    return 'GATEHOUSE_DATABASE_URL is for any number of nodes, and each would put another address of its own into its tokens: set GATEHOUSE_PUBLIC_URL to the one address of all of them.'
  }
  return undefined
}

/** The ways in that the settings describe. */
export function entranceOf({ trustedProxies, forwardedHeader }: Config, mode: Mode): Entrance {
  const proxies = trustedProxies.length > 0 ? allowList(trustedProxies) : undefined
  return {
    isTrustedProxy: proxies && ((address) => proxies.admits(address)),
    forwardedHeader,
    demandsTls: mode === 'production',
  }
}

/** TLS of our own while the server runs. */
export interface OpenTls {
  readonly door: TlsDoor
  /** Looks at the files now. They are looked at every ten seconds anyhow. */
  reload(): Promise<void>
  stop(): void
}

interface TlsReports {
  /** Another certificate is in use from now on. */
  readonly renewed: (about: { readonly certFile: string; readonly validTo: string }) => void
  /** The files have become of no use. */
  readonly failed: (error: unknown) => void
  /** Others on this machine can read the key. Told of each that is used. */
  readonly exposed: (risk: string) => void
}

const lookEveryMs = 10_000
/** Shorter than the ten seconds in which a server stops: it waits for handshakes. */
const handshakeMs = 5000

/**
 * Opens the way in over TLS, if there is one, and follows its files.
 * @throws Error, one sentence for the operator
 */
export async function openTls({ tls }: Config, { renewed, failed, exposed }: TlsReports): Promise<OpenTls | undefined> {
  if (!tls) return undefined
  const pair = await readTlsPair(tls)
  const tellRisk = async () => {
    const risk = await findKeyRisk(tls)
    if (risk) exposed(risk)
  }
  await tellRisk()
  const door = openTlsDoor({ pair, minVersion: tls.minVersion, waitMs: handshakeMs })
  const use = (next: TlsPair) => {
    door.change(next)
    void tellRisk()
    renewed({ certFile: tls.certFile, validTo: new X509Certificate(next.cert).validTo })
  }
  const watch = watchTlsFiles({ files: tls, current: pair, everyMs: lookEveryMs, use, report: failed })
  return { door, reload: watch.reload, stop: watch.stop }
}
