import { equal } from '../../crypto/equal.ts'
import type { Diagnosis } from '../factor.ts'
import { hotp, otpAlgorithms } from '../hotp/hotp.ts'

/** A phone whose clock is wrong by up to five minutes is still recognised. */
const searchedDrift = 10

/**
 * What a code that was not accepted would have been right for: how many steps from now (above zero the phone is fast),
 * and with which settings, because some apps ignore those of the QR code. The same work for every code of 6 or 8 digits.
 * Says nothing about most wrong codes, and must never be told to somebody who is not signed in.
 */
export function diagnose(code: string, key: Uint8Array, currentStep: number): Diagnosis | undefined {
  const digits = code.length
  if (digits !== 6 && digits !== 8) return undefined
  const drifts = Array.from({ length: 2 * searchedDrift + 1 }, (_, index) => index - searchedDrift)
  const matching = otpAlgorithms.flatMap((algorithm) =>
    drifts
      .filter((drift) => equal(hotp(key, BigInt(currentStep + drift), { algorithm, digits }), code))
      .map((drift) => ({ drift_steps: drift, matches_algorithm: algorithm, matches_digits: digits })),
  )
  return matching[0]
}
