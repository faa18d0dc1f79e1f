import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { z } from 'zod'
import { equal } from '../../crypto/equal.ts'
import { CodeResponse } from '../code-response.ts'
import type { Factor } from '../factor.ts'
import { newCodeText, parseCodeText } from './code-text.ts'

const codesPerSet = 10
const saltBytes = 16
const hashBytes = 32
/** Why so few, and why PBKDF2: `docs/decisions/0002-recovery-code-hashing.md`. */
const iterations = 10_000

const instructions = [
  'Save these codes where you keep your passwords, or print them. They are shown this once.',
  'Each code works once, when you cannot use your other ways to sign in.',
]

export const RecoveryCodesData = z.strictObject({
  /** One for the whole set, so that a try costs one derivation and not ten. */
  salt: z.base64url(),
  iterations: z.int(),
  /** A used code stays, so that its owner can be told "used" instead of "wrong". */
  codes: z.array(z.strictObject({ hash: z.base64url(), usedAt: z.int().nullable() })),
})

export type RecoveryCodesData = z.infer<typeof RecoveryCodesData>

/** Codes on paper for the day when nothing else is at hand. A set is one factor; each of its codes proves it once. */
export const recoveryCodes = {
  type: 'recovery_codes',
  proves: ['recovery'],
  options: z.strictObject({}),
  data: RecoveryCodesData,
  response: CodeResponse,
  replayProblem: 'recovery_code_used',

  async enroll(moment) {
    const texts = Array.from({ length: codesPerSet }, () => newCodeText(moment))
    const set = { salt: Buffer.from(moment.random(saltBytes)).toString('base64url'), iterations }
    const codes = await Promise.all(
      texts.map(async (text) => ({ hash: await hashCode(text.replaceAll('-', ''), set), usedAt: null })),
    )
    return { data: { ...set, codes }, shown: { codes: texts, instructions } }
  },

  async verify({ now }, { data, response }) {
    const code = parseCodeText(response.code)
    if (code === undefined) return { accepted: false, reason: 'mismatch' }
    const hash = await hashCode(code, data)
    // Every code of the set is compared, whichever matches.
    const [found] = data.codes.filter((candidate) => equal(candidate.hash, hash))

    if (!found) return { accepted: false, reason: 'mismatch' }
    if (found.usedAt !== null) return { accepted: false, reason: 'replay' }
    const codes = data.codes.map((each) => (each === found ? { ...found, usedAt: now.getTime() } : each))
    return { accepted: true, data: { ...data, codes } }
  },
  /** Which of them were used since cannot be known, and one that was must not be good again. */
  restore: () => undefined,
} satisfies Factor<RecoveryCodesData, never, CodeResponse, Record<string, never>>

/** How many codes of a set are left: below three its owner should be told. */
export function countUnusedCodes(data: RecoveryCodesData): number {
  return data.codes.filter((code) => code.usedAt === null).length
}

/** Whether a code has let somebody in since the set was acknowledged, by one of its codes, at `confirmedAt`. */
export function isSetInUse(data: RecoveryCodesData, confirmedAt: number): boolean {
  return data.codes.some(({ usedAt }) => usedAt !== null && usedAt > confirmedAt)
}

async function hashCode(code: string, set: Pick<RecoveryCodesData, 'salt' | 'iterations'>): Promise<string> {
  const salt = Buffer.from(set.salt, 'base64url')
  const hash = await promisify(pbkdf2)(code, salt, set.iterations, hashBytes, 'sha256')
  return hash.toString('base64url')
}
