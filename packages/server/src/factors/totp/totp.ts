import { z } from 'zod'
import { equal } from '../../crypto/equal.ts'
import { encodeBase32 } from '../base32.ts'
import { CodeResponse } from '../code-response.ts'
import type { Account, Factor } from '../factor.ts'
import { hotp, otpAlgorithms } from '../hotp/hotp.ts'
import { ImportedKey } from '../imported-key.ts'
import { otpauthUri } from '../otpauth-uri.ts'
import { drawQr } from '../qr.ts'
import { diagnose } from './diagnose.ts'

/** A code is good in its own step, the one before and the one after: 90 seconds in all (RFC 6238, section 5.2). */
const allowedDrift = 1

/** As long as the output of the hash (RFC 4226, section 4, R6; RFC 6238, section 5.1). */
const keyBytes = { sha1: 20, sha256: 32, sha512: 64 } as const

export const TotpData = z.strictObject({
  key: z.base64url(),
  algorithm: z.enum(otpAlgorithms),
  digits: z.literal([6, 8]),
  /** Seconds of a step. */
  period: z.literal(30),
  /** The step of the last accepted code, -1 before the first. It only rises, even when the clock does not. */
  lastStep: z.int(),
})

export type TotpData = z.infer<typeof TotpData>

export const TotpOptions = z.strictObject({
  algorithm: z.enum(otpAlgorithms).default('sha1'),
  digits: z.literal([6, 8]).default(6),
  /** The key of an authenticator that is in use already. Without it a new key is made. */
  secret: ImportedKey.optional(),
})

export type TotpOptions = z.infer<typeof TotpOptions>

/** Codes from an authenticator app that knows the time (RFC 6238). */
export const totp = {
  type: 'totp',
  proves: ['otp'],
  options: TotpOptions,
  data: TotpData,
  response: CodeResponse,
  replayProblem: 'totp_code_reused',

  enroll({ random }, account: Account, { algorithm, digits, secret }) {
    const key = secret ?? random(keyBytes[algorithm])
    const form = { algorithm, digits, period: 30 } as const
    const text = encodeBase32(key)
    const uri = otpauthUri(account, { secret: text, ...form })
    return {
      data: { key: Buffer.from(key).toString('base64url'), ...form, lastStep: -1 },
      shown: {
        secret: text,
        secret_groups: text.replace(/.{4}(?=.)/g, '$& '),
        uri,
        ...form,
        qr: drawQr(uri),
        instructions: describeSteps(form),
      },
    }
  },

  verify({ now }, { data, response }) {
    const key = Buffer.from(data.key, 'base64url')
    const current = Math.floor(now.getTime() / 1000 / data.period)
    const window = Array.from({ length: 2 * allowedDrift + 1 }, (_, index) => current - allowedDrift + index)
    // Every step is computed, whichever matches, so that the time this takes does not tell which.
    const matching = window.filter((step) => equal(hotp(key, BigInt(step), data), response.code))

    if (matching.length === 0) {
      return { accepted: false, reason: 'mismatch', diagnosis: diagnose(response.code, data, now) }
    }
    // Two steps of one window share a code once in some 300,000 windows. It is spent with the first of them, and
    // accepting it spends both.
    if (matching.some((step) => step <= data.lastStep)) return { accepted: false, reason: 'replay' }
    return { accepted: true, data: { ...data, lastStep: Math.max(...matching) } }
  },
  /** Every code that can have been accepted until now is spent. */
  restore({ now }, data) {
    const newest = Math.floor(now.getTime() / 1000 / data.period) + allowedDrift
    return { ...data, lastStep: Math.max(data.lastStep, newest) }
  },
} satisfies Factor<TotpData, never, CodeResponse, TotpOptions>

/** What the owner does next, in words for every authenticator app. */
function describeSteps(form: Pick<TotpData, 'algorithm' | 'digits' | 'period'>): string[] {
  const isUsual = form.algorithm === 'sha1' && form.digits === 6
  const settings = `${form.algorithm.replace('sha', 'SHA-')}, ${form.digits} digits, ${form.period} seconds`
  return [
    'Open your authenticator app and add an account.',
    'Scan the QR code. If you cannot scan it, type the key instead; spaces and upper or lower case do not matter.',
    ...(isUsual ? [] : [`Check that the app uses these settings: ${settings}.`]),
    `Enter the ${form.digits} digits that the app shows now.`,
  ]
}
