import { createHash, createHmac } from 'node:crypto'

/** A request to be signed as an HTTP message. */
export interface MessageParts {
  readonly clientId: string
  readonly secret: string
  /** Unix seconds. */
  readonly created: number
  readonly nonce: string
  readonly method: string
  /** As the Host header says it, in lower case. */
  readonly authority: string
  /** Path and query, as they stand in the request line. */
  readonly target: string
  readonly body: Uint8Array
}

/** The headers of a request that is signed by RFC 9421 as the server demands it: hmac-sha256, with Content-Digest (RFC 9530). */
export function signMessage(parts: MessageParts): Readonly<Record<string, string>> {
  const { clientId, secret, created, nonce, method, authority, target, body } = parts
  const queryAt = target.includes('?') ? target.indexOf('?') : target.length
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  const covered = [
    ['@method', method],
    ['@authority', authority],
    ['@path', target.slice(0, queryAt)],
    ['@query', target.slice(queryAt) || '?'],
    ['x-client-id', clientId],
    ...(body.byteLength > 0 ? [['content-digest', digest]] : []),
  ]
  const names = covered.map(([name]) => `"${name}"`).join(' ')
  const input = `(${names});created=${created};nonce="${nonce}";keyid="${clientId}";tag="gatehouse"`
  const base = [...covered.map(([name, value]) => `"${name}": ${value}`), `"@signature-params": ${input}`].join('\n')
  return {
    'X-Client-Id': clientId,
    ...(body.byteLength > 0 && { 'Content-Digest': digest }),
    'Signature-Input': `sig=${input}`,
    Signature: `sig=:${createHmac('sha256', secret).update(base).digest('base64')}:`,
  }
}
