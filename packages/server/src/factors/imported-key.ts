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
      context.addIssue(sayWhatIsWrong(pasted))
      return z.NEVER
    }
    if (key.length < shortestBytes || key.length > longestBytes) {
      context.addIssue(`A key has ${shortestBytes} to ${longestBytes} bytes; this one has ${key.length}. Use another.`)
      return z.NEVER
    }
    return key
  })

/** Says where, and never what: the text is a key. */
function sayWhatIsWrong(pasted: string): string {
  const rule = 'A key is base32: the letters A to Z and the digits 2 to 7.'
  const text = pasted.replace(/[\s-]/g, '').replace(/=+$/, '')
  if (/^[0-9a-f]+$/i.test(text)) return `${rule} This looks like hex: convert the bytes to base32.`
  if (/^[A-Z2-70189]+$/i.test(text)) {
    return `${rule} This has one of 0, 1, 8 and 9, which are often misread letters: O, I or L, B and G. Copy it once more.`
  }
  const place = text.search(/[^A-Z2-7]/i) + 1
  return `${rule} Character ${place} (not counting spaces and hyphens) is something else. Copy it once more from its source.`
}
