import { z } from 'zod'
import { decodeBase32 } from './base32.ts'

/** RFC 4226, section 4, R6 demands 128 bits; no HMAC of ours gains from more than 64 bytes. */
const shortestBytes = 16
const longestBytes = 64

/** A key that another system made, pasted as base32. Comes out as bytes. */
export const ImportedKey = z
  .string()
  .max(256)
  .transform((pasted, context) => {
    const key = decodeBase32(pasted)
    if (!key) {
      context.addIssue('A key is base32: the letters A to Z and the digits 2 to 7. Copy it once more from its source.')
      return z.NEVER
    }
    if (key.length < shortestBytes || key.length > longestBytes) {
      context.addIssue(`A key has ${shortestBytes} to ${longestBytes} bytes; this one has ${key.length}. Use another.`)
      return z.NEVER
    }
    return key
  })
