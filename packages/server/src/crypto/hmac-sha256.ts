import { createHmac, type KeyObject } from 'node:crypto'

/**
 * HMAC-SHA256 (RFC 2104) over the parts, one after the other without anything between them; a text counts as its UTF-8
 * bytes. Compare the result with `equal` only.
 */
export function hmacSha256(key: KeyObject | Uint8Array, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(part)
  // By way of text: the bytes that Node would make are an allocation of their own, which costs more than this copy.
  return Buffer.from(hmac.digest('latin1'), 'latin1')
}
