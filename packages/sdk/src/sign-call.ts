import type { Connection } from './connection.ts'
import { signerOf, signerOfV2 } from './signature.ts'

/** A call as it will be sent. */
export interface Unsigned {
  readonly method: string
  readonly url: string
  readonly body: Uint8Array<ArrayBuffer>
  /** Unix seconds. */
  readonly timestamp: number
}

/** The headers that sign a call by the scheme of the connection. */
export function callSigner({
  secret,
  clientId,
  scheme,
}: Connection): (call: Unsigned) => Promise<Record<string, string>> {
  const named = (timestamp: number) => ({ 'x-client-id': clientId, 'x-timestamp': String(timestamp) })
  if (scheme === 'v1') {
    const sign = signerOf(secret)
    return async ({ timestamp, body }) => ({ ...named(timestamp), 'x-signature': await sign(timestamp, body) })
  }
  const sign = signerOfV2(secret)
  return async ({ method, url, body, timestamp }) => {
    const nonce = newNonce()
    const { host: authority, pathname, search } = new URL(url)
    const parts = { clientId, timestamp, nonce, method, authority, target: `${pathname}${search}`, body }
    return { ...named(timestamp), 'x-nonce': nonce, 'x-signature': await sign(parts) }
  }
}

/** What tells a call from its twins, also when two machines make it in the same second. */
export function newNonce(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
