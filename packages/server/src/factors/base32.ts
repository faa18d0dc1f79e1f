import { base32nopad } from '@scure/base'

/** The base32 that authenticator apps read: upper case, without padding (RFC 4648, section 6). */
export function encodeBase32(bytes: Uint8Array): string {
  return base32nopad.encode(bytes)
}

/**
 * The bytes of a key as people paste it: case, spaces, hyphens and padding do not count. Bits left over after the last
 * whole byte are dropped, as authenticator apps do: some services hand out random letters. Undefined if it is not base32.
 */
export function decodeBase32(text: string): Uint8Array | undefined {
  const letters = text.replace(/[\s-]/g, '').replace(/={1,6}$/, '')
  // Before the change to upper case, which would make ASCII of foreign letters such as the long s.
  if (!/^[A-Za-z2-7]*$/.test(letters)) return undefined
  const blocks = letters.toUpperCase().padEnd(Math.ceil(letters.length / 8) * 8, 'A')
  return base32nopad.decode(blocks).subarray(0, Math.floor((letters.length * 5) / 8))
}
