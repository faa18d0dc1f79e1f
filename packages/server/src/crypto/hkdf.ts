import { hkdfSync, type KeyObject } from 'node:crypto'

/**
 * A key made from another key (HKDF-SHA256, RFC 5869). `info` says what the new key is for: two uses never share one.
 * @throws RangeError when more than 8,160 bytes are asked for (RFC 5869, section 2.3)
 */
export function hkdf(
  root: KeyObject,
  wanted: { readonly info: Uint8Array | string; readonly bytes: number; readonly salt?: Uint8Array },
): Buffer {
  return Buffer.from(hkdfSync('sha256', root, wanted.salt ?? new Uint8Array(), wanted.info, wanted.bytes))
}
