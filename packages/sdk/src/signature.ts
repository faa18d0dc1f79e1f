const encoder = new TextEncoder()

/** Signs with one secret. `timestamp` is in unix seconds; the answer is the value of X-Signature. */
export type Signer = (timestamp: number, body: string | Uint8Array) => Promise<string>

/** What a signature of v2 covers. */
export interface SignedParts {
  readonly clientId: string
  /** Unix seconds. */
  readonly timestamp: number
  /** The value of X-Nonce: 16 to 64 letters, digits, `_` and `-`, another one for each request. */
  readonly nonce: string
  readonly method: string
  /** What Host will say: in lower case, the port only where it is not the usual one (`host` of a URL). */
  readonly authority: string
  /** Path and query as they will stand in the request line (`pathname` and `search` of a URL). */
  readonly target: string
  readonly body: string | Uint8Array
}

/** Signs by v2 with one secret; the answer is the value of X-Signature. */
export type SignerOfV2 = (parts: SignedParts) => Promise<string>

/** The classic scheme (v1): `sha256=` and the hex of HMAC-SHA256(secret, timestamp + "." + body). */
export function signerOf(secret: string): Signer {
  const hmac = hmacOf(secret)
  return async (timestamp, body) => {
    const head = encoder.encode(`${timestamp}.`)
    const content = bytesOf(body)
    const signed = new Uint8Array(head.length + content.length)
    signed.set(head)
    signed.set(content, head.length)
    return `sha256=${await hmac(signed)}`
  }
}

/**
 * The scheme v2: `v2=` and the hex of HMAC-SHA256 over `gatehouse-v2`, client id, timestamp, nonce, method, authority, path
 * with query and the hex of the SHA-256 of the body, each on a line of its own.
 */
export function signerOfV2(secret: string): SignerOfV2 {
  const hmac = hmacOf(secret)
  return async ({ clientId, timestamp, nonce, method, authority, target, body }) => {
    const bodyHash = hexOf(await crypto.subtle.digest('SHA-256', bytesOf(body)))
    const lines = ['gatehouse-v2', clientId, timestamp, nonce, method, authority, target, bodyHash]
    return `v2=${await hmac(encoder.encode(lines.join('\n')))}`
  }
}

/** Signs one request by the classic scheme; who signs many keeps the signer of the secret. */
export function signRequest(secret: string, timestamp: number, body: string | Uint8Array): Promise<string> {
  return signerOf(secret)(timestamp, body)
}

/**
 * WebCrypto is not the fastest HMAC of Node, but it is in every runtime that has `fetch`, and its 30 µs are nothing
 * beside a request. The key is made once.
 */
function hmacOf(secret: string): (text: Uint8Array<ArrayBuffer>) => Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign'])
  return async (text) => hexOf(await crypto.subtle.sign('HMAC', await key, text))
}

/** WebCrypto takes no shared memory, so bytes are copied. */
function bytesOf(body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof body === 'string' ? encoder.encode(body) : new Uint8Array(body)
}

function hexOf(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
