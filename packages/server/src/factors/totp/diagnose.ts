import { equal } from '../../crypto/equal.ts'
import { encodeBase32 } from '../base32.ts'
import type { Diagnosis } from '../factor.ts'
import { type CodeForm, hotp, type OtpAlgorithm, otpAlgorithms } from '../hotp/hotp.ts'

/** What of a stored factor codes come from. */
interface Stored extends CodeForm {
  readonly key: string
  readonly period: number
  readonly lastStep: number
}

/** A phone whose clock is wrong by up to five minutes is still recognised. */
const searchedDrift = 10
/** So far codes are accepted. A key that was not decoded is searched for there only. */
const allowedDrift = 1

/**
 * What a code that was not accepted would have been right for: another time, because the clock of the phone is wrong, or
 * other settings, because some apps ignore those of the QR code. The same work for every code of 6 or 8 digits: 66 hashes.
 * Says nothing about most wrong codes, and must never be told to somebody who is not signed in.
 */
export function diagnose(code: string, data: Stored, now: Date): Diagnosis | undefined {
  const digits = code.length
  if (digits !== 6 && digits !== 8) return undefined
  const key = Buffer.from(data.key, 'base64url')
  const current = Math.floor(now.getTime() / 1000 / data.period)
  const isCode = (bytes: Uint8Array, drift: number, algorithm: OtpAlgorithm) =>
    equal(hotp(bytes, BigInt(current + drift), { algorithm, digits }), code)

  const matching = otpAlgorithms.flatMap((algorithm) =>
    driftsUpTo(searchedDrift)
      .filter((drift) => isCode(key, drift, algorithm))
      .map((drift) => ({ algorithm, drift })),
  )
  const isOwn = (algorithm: OtpAlgorithm) => algorithm === data.algorithm && digits === data.digits
  const found = matching.find(({ algorithm }) => isOwn(algorithm)) ?? matching[0]
  const text = Buffer.from(encodeBase32(key))
  const undecoded = driftsUpTo(allowedDrift).filter((drift) => isCode(text, drift, data.algorithm))

  if (!found) return undecoded.length > 0 ? { looks_like: 'key_not_decoded' } : undefined
  const { algorithm, drift } = found
  if (isOwn(algorithm) && current + drift <= data.lastStep) return { looks_like: 'used_before' }
  // The phone shows some moment of that step; the middle is at most half a step off.
  const shown = (current + drift + 0.5) * data.period
  const drifted = { drift_steps: drift, drift_seconds: Math.round(shown - now.getTime() / 1000) }
  if (isOwn(algorithm)) return { looks_like: 'clock_drift', ...drifted }
  return {
    looks_like: 'other_settings',
    matches_algorithm: algorithm,
    matches_digits: digits,
    needs_algorithm: data.algorithm,
    needs_digits: data.digits,
    ...(Math.abs(drift) > allowedDrift && drifted),
  }
}

/** The nearest first: 0, 1, -1, 2, -2 and so on. */
function driftsUpTo(most: number): readonly number[] {
  return Array.from({ length: 2 * most + 1 }, (_, index) => (index % 2 ? (index + 1) / 2 : -index / 2))
}
