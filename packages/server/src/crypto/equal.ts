import { timingSafeEqual } from 'node:crypto'

/**
 * True when both are the same text or the same bytes. How long it takes tells their lengths at most, never where they
 * differ; it never throws. Texts are compared code unit by code unit: in UTF-8 all lone surrogates would be equal.
 */
export function equal(left: Uint8Array, right: Uint8Array): boolean
export function equal(left: string, right: string): boolean
export function equal(left: Uint8Array | string, right: Uint8Array | string): boolean {
  const a = toBytes(left)
  const b = toBytes(right)
  return a.length === b.length && timingSafeEqual(a, b)
}

function toBytes(value: Uint8Array | string): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value, 'utf16le') : value
}
