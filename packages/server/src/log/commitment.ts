import { sha256 } from '../crypto/sha256.ts'

/** What of an event is about a person and can be erased. */
export interface PersonalFields {
  readonly email: string | null
  readonly ipAddress: string | null
  readonly userAgent: string | null
  readonly geoLocation: string | null
}

/**
 * SHA-256 over the salt and the personal fields. A seal covers this and not the fields: when fields and salt are erased,
 * the proof still holds, and without the salt nobody can find the fields out by trying.
 */
export function commitTo(salt: Uint8Array, personal: PersonalFields): Uint8Array {
  const { email, ipAddress, userAgent, geoLocation } = personal
  const text = JSON.stringify([email, ipAddress, userAgent, geoLocation])
  const bytes = Buffer.allocUnsafe(salt.length + Buffer.byteLength(text))
  bytes.set(salt)
  bytes.write(text, salt.length)
  return sha256(bytes)
}
