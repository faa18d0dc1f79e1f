import { hash } from 'node:crypto'

/** The SHA-256 digest (FIPS 180-4) of bytes, or of the UTF-8 form of a text. */
export function sha256(data: Uint8Array | string): Buffer {
  return hash('sha256', data, 'buffer')
}
