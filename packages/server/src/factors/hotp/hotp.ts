import { createHmac } from 'node:crypto'

export const otpAlgorithms = ['sha1', 'sha256', 'sha512'] as const
export type OtpAlgorithm = (typeof otpAlgorithms)[number]

/** What a device and the server must agree on besides key and counter. */
export interface CodeForm {
  readonly algorithm: OtpAlgorithm
  readonly digits: number
}

/**
 * The code for one value of the counter (RFC 4226, section 5.3; other hashes than SHA-1 by RFC 6238, section 1.2).
 * The counter has 64 bits, more than a number holds.
 */
export function hotp(key: Uint8Array, counter: bigint, { algorithm, digits }: CodeForm): string {
  const message = Buffer.alloc(8)
  message.writeBigUInt64BE(counter)
  const mac = createHmac(algorithm, key).update(message).digest()
  return String(truncate(mac) % 10 ** digits).padStart(digits, '0')
}

/** 31 bits of the MAC, at a place that its last four bits choose: the "dynamic truncation" of RFC 4226, section 5.3. */
function truncate(mac: Buffer): number {
  const offset = mac.readUInt8(mac.length - 1) & 0xf
  return mac.readUInt32BE(offset) & 0x7fffffff
}
