import { hash } from 'node:crypto'

/**
 * HMAC-SHA256 under one key over the parts, one after the other without anything between them; a text counts as its UTF-8
 * bytes. Compare the result with `equal` only.
 */
export type Mac = (...parts: readonly (Uint8Array | string)[]) => Buffer

const blockBytes = 64
const digestBytes = 32

/**
 * Makes a key ready (RFC 2104, section 2): by two hashes of whole messages, which cost half of an HMAC object. What it
 * returns shows nothing of the key to whoever prints it.
 */
export function hmacSha256(key: Uint8Array): Mac {
  const block = Buffer.alloc(blockBytes)
  block.set(key.length > blockBytes ? Buffer.from(hash('sha256', key, 'latin1'), 'latin1') : key)
  const inner = block.map((byte) => byte ^ 0x36)
  const outer = Buffer.alloc(blockBytes + digestBytes)
  outer.set(block.map((byte) => byte ^ 0x5c))
  return (...parts) => {
    const said = join(inner, parts)
    // By way of text: the bytes that Node would make are an allocation of their own, which costs more than this copy.
    outer.write(hash('sha256', said, 'latin1'), blockBytes, 'latin1')
    return Buffer.from(hash('sha256', outer, 'latin1'), 'latin1')
  }
}

/** What is hashed stands here meanwhile, if it fits: memory that is used once is fetched anew from the system, page by page. */
const desk = Buffer.allocUnsafeSlow(16 * 1024)

/** In one piece of memory, which is good until the next call. */
function join(first: Uint8Array, parts: readonly (Uint8Array | string)[]): Uint8Array {
  let length = first.length
  for (const part of parts) length += typeof part === 'string' ? Buffer.byteLength(part) : part.length
  const all = length > desk.length ? Buffer.allocUnsafeSlow(length) : desk
  all.set(first)
  let end = first.length
  for (const part of parts) {
    if (typeof part === 'string') end += all.write(part, end)
    else {
      all.set(part, end)
      end += part.length
    }
  }
  return new Uint8Array(all.buffer, 0, length)
}
