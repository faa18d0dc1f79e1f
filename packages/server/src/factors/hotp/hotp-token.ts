import { z } from 'zod'
import { equal } from '../../crypto/equal.ts'
import { encodeBase32 } from '../base32.ts'
import { CodeResponse } from '../code-response.ts'
import type { Factor, Verdict } from '../factor.ts'
import { ImportedKey } from '../imported-key.ts'
import { diagnose } from './diagnose.ts'
import { hotp, otpAlgorithms } from './hotp.ts'

/** So many presses whose codes were not used are forgiven (RFC 4226, section 7.4). */
const lookAhead = 5
/** So far two consecutive codes may be ahead. */
const resyncAhead = 20
/** A restored backup may be weeks old, and nobody signs in so often. */
const passedOver = 100
/** The counter has 64 bits and never begins anew (RFC 4226, section 5.1). */
const lastCounter = 2n ** 64n - 1n

/** A counter as text: JSON has no whole numbers of 64 bits. */
const Counter = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,19})$/)
  .refine((text) => /^[0-9]{1,20}$/.test(text) && BigInt(text) <= lastCounter, { message: 'must fit in 64 bits' })

export const HotpData = z.strictObject({
  key: z.base64url(),
  algorithm: z.enum(otpAlgorithms),
  digits: z.literal([6, 8]),
  /** The next code that is accepted. It only rises; 2^64 when the last code is used up. */
  counter: z.string().regex(/^[0-9]{1,20}$/),
})
export type HotpData = z.infer<typeof HotpData>

export const HotpOptions = z.strictObject({
  /** The seed of the token. Tokens do not take ours. */
  secret: ImportedKey,
  algorithm: z.enum(otpAlgorithms).default('sha1'),
  digits: z.literal([6, 8]).default(6),
  counter: Counter.default('0'),
})
export type HotpOptions = z.infer<typeof HotpOptions>

/** What to choose at an enrolment so that it comes out as `data`. */
export function hotpOptionsOf({ key, ...form }: HotpData): Record<string, unknown> {
  return { secret: encodeBase32(Buffer.from(key, 'base64url')), ...form }
}

/** A token that shows the next code at each press of a button (RFC 4226). */
export const hotpToken = {
  type: 'hotp',
  proves: ['otp'],
  options: HotpOptions,
  data: HotpData,
  response: CodeResponse,

  enroll(_moment, _owner, { secret, algorithm, digits, counter }) {
    const form = { algorithm, digits, counter }
    return {
      data: { key: Buffer.from(secret).toString('base64url'), ...form },
      shown: {
        ...form,
        instructions: [
          `Press the button of the token and enter the ${digits} digits that it shows.`,
          'If the code is not accepted, press again and enter both codes, one after the other.',
        ],
      },
    }
  },

  /** The first proof may be two consecutive codes in one: a token from a drawer has often been pressed. */
  confirm(_moment, { data, response: { code } }) {
    if (code.length !== 2 * data.digits) return judge(data, code)
    return resyncHotp(data, [code.slice(0, data.digits), code.slice(data.digits)])
  },

  verify(_moment, { data, response }) {
    return judge(data, response.code)
  },
  restore: (_moment, data) => passOver(data),
} satisfies Factor<HotpData, never, CodeResponse, HotpOptions>

/** So many codes may have been used of which nobody knows any more. Their owner presses on until the token is past them. */
export function passOver(data: HotpData): HotpData {
  const next = BigInt(data.counter) + BigInt(passedOver)
  return { ...data, counter: String(next > lastCounter ? lastCounter + 1n : next) }
}

/**
 * Finds a token again whose button was pressed too often: two codes that follow each other, within twenty (RFC 4226,
 * section 7.4). The counter only rises here, too.
 */
export function resyncHotp(data: HotpData, [first, second]: readonly [string, string]): Verdict<HotpData> {
  const found = countersFrom(data, resyncAhead).filter((counter) => matches(data, counter, first))
  const at = found.find((counter) => counter < lastCounter && matches(data, counter + 1n, second))
  if (at !== undefined) return accept(data, at + 1n)
  return { accepted: false, reason: 'mismatch', diagnosis: diagnose(first, data) }
}

function judge(data: HotpData, code: string): Verdict<HotpData> {
  // Every counter is computed, whichever matches, so that the time this takes does not tell which.
  const [at] = countersFrom(data, lookAhead + 1).filter((counter) => matches(data, counter, code))
  if (at !== undefined) return accept(data, at)
  if (isBehind(data, code)) return { accepted: false, reason: 'replay' }
  return { accepted: false, reason: 'mismatch', diagnosis: diagnose(code, data) }
}

function accept(data: HotpData, at: bigint): Verdict<HotpData> {
  return { accepted: true, data: { ...data, counter: String(at + 1n) } }
}

function matches(data: HotpData, counter: bigint, code: string): boolean {
  return equal(hotp(Buffer.from(data.key, 'base64url'), counter, data), code)
}

/** The next so many counters, without those that 64 bits do not hold. */
function countersFrom(data: HotpData, count: number): readonly bigint[] {
  const first = BigInt(data.counter)
  return Array.from({ length: count }, (_, index) => first + BigInt(index)).filter((each) => each <= lastCounter)
}

/** A code that was used or passed over. */
function isBehind(data: HotpData, code: string): boolean {
  const next = BigInt(data.counter)
  return [1n, 2n, 3n, 4n, 5n].some((back) => back <= next && matches(data, next - back, code))
}
