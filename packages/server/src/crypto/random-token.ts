import type { Moment } from '../kernel/moment.ts'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const base = BigInt(alphabet.length)

/** 62^43 is just over 2^256, so that 256 bits always fit. */
const secretLength = 43
const checksumLength = 6

/**
 * A bearer secret of 256 bits: prefix, 43 characters of base 62 and a checksum of 6, so that scanners for leaked
 * secrets can tell it from other text. Store its SHA-256 only, or seal it.
 */
export function randomToken(prefix: string, moment: Pick<Moment, 'random'>): string {
  const bits = BigInt(`0x${Buffer.from(moment.random(32)).toString('hex')}`)
  const body = prefix + toBase62(bits, secretLength)
  return body + checksum(body)
}

/** A new secret of a client application. The tenant's mode stands in it, to keep the two worlds apart at a glance. */
export function clientSecret(mode: 'live' | 'test', moment: Pick<Moment, 'random'>): string {
  return randomToken(`gh_${mode}_`, moment)
}

/** True when the text has the form and the checksum of a client secret: it is one, or was made to look like one. */
export function hasSecretChecksum(text: string): boolean {
  if (!/^gh_(live|test)_[0-9A-Za-z]{49}$/.test(text)) return false
  return checksum(text.slice(0, -checksumLength)) === text.slice(-checksumLength)
}

function checksum(body: string): string {
  return toBase62(BigInt(crc32(Buffer.from(body))), checksumLength)
}

function toBase62(number: bigint, length: number): string {
  let text = ''
  for (let rest = number; text.length < length; rest /= base) text = alphabet.charAt(Number(rest % base)) + text
  return text
}

/** CRC-32 of IEEE 802.3, bit by bit: a few dozen bytes do not need a table. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}
