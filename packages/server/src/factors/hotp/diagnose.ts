import { equal } from '../../crypto/equal.ts'
import type { Diagnosis } from '../factor.ts'
import { type CodeForm, hotp, otpAlgorithms } from './hotp.ts'

/** What of a stored factor codes come from. */
interface Stored extends CodeForm {
  readonly key: string
  readonly counter: string
}

/** So far from its place a wrong code is still recognised. */
const searched = 100
/** So far ahead one is searched for that was made with other settings. */
const searchedOtherwise = 6
const lastCounter = 2n ** 64n - 1n

/**
 * What a code that was not accepted would have been right for: a later press, an earlier one, or other settings. The same
 * work for every code of 6 or 8 digits: about 220 hashes. Must never be told to somebody who is not signed in.
 */
export function diagnose(code: string, data: Stored): Diagnosis | undefined {
  const digits = code.length
  if (digits !== 6 && digits !== 8) return undefined
  const key = Buffer.from(data.key, 'base64url')
  const next = BigInt(data.counter)
  const finds = (from: bigint, count: number, form: CodeForm) =>
    Array.from({ length: count }, (_, index) => from + BigInt(index))
      .filter((counter) => counter >= 0n && counter <= lastCounter)
      .filter((counter) => equal(hotp(key, counter, form), code))

  const ahead = finds(next, searched, data)
  const behind = finds(next - BigInt(searched), searched, data)
  const others = otpAlgorithms
    .filter((algorithm) => algorithm !== data.algorithm || digits !== data.digits)
    .filter((algorithm) => finds(next, searchedOtherwise, { algorithm, digits }).length > 0)

  if (ahead[0] !== undefined) return { looks_like: 'counter_ahead', counter_ahead: Number(ahead[0] - next) }
  const last = behind.at(-1)
  if (last !== undefined) return { looks_like: 'used_before', counter_behind: Number(next - last) }
  if (others[0] === undefined) return undefined
  return {
    looks_like: 'other_settings',
    matches_algorithm: others[0],
    matches_digits: digits,
    needs_algorithm: data.algorithm,
    needs_digits: data.digits,
  }
}
