import { hash } from 'node:crypto'

/** Bytes of SHA-256 under which a count is kept: too many to collide, and nothing of an address or a name in them. */
export const counterKeyLength = 16

/** What stands for `key` wherever a count is kept. */
export function counterKey(key: string): Buffer {
  return hash('sha256', key, 'buffer').subarray(0, counterKeyLength)
}
