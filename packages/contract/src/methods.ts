/**
 * Every way of proof by its name in `amr` (RFC 8176 where it has one), and what it is evidence of: something that a person
 * knows, something that they hold, or neither. Two factors are one of each; two of one kind are not.
 */
export const methods = {
  pwd: 'knows',
  otp: 'holds',
  /** A key in hardware, and one in software. */
  hwk: 'holds',
  swk: 'holds',
  /** The key has checked who holds it, by a PIN, a finger, a face: something known, beside the key and by nothing else. */
  user: 'neither',
  sms: 'holds',
  /** A code or a link: whoever reads the mail has both. Not in RFC 8176. */
  email: 'holds',
  /** A way back in. Not in RFC 8176. */
  recovery: 'neither',
} as const satisfies Record<string, 'knows' | 'holds' | 'neither'>

export type Method = keyof typeof methods
