import { z } from 'zod'
import { equal } from '../../crypto/equal.ts'
import { sha256 } from '../../crypto/sha256.ts'
import { CodeResponse } from '../code-response.ts'
import type { Factor } from '../factor.ts'
import { newCodeText, parseCodeText } from '../recovery-codes/code-text.ts'

/** 120 bits: enough to be stored as a plain hash (NIST SP 800-63B, section 3.1.2), and longer than a recovery code. */
const codeBytes = 15

const AccessPassData = z.strictObject({ hash: z.base64url(), usedAt: z.int().nullable() })
type AccessPassData = z.infer<typeof AccessPassData>

/**
 * A code that somebody gives a person who has lost their factors. Like a recovery code it stands in for the second factor
 * once, to set up a new one; unlike one it ends soon, and goes with its use.
 */
export const accessPass = {
  type: 'access_pass',
  proves: ['recovery'],
  options: z.strictObject({}),
  data: AccessPassData,
  response: CodeResponse,
  isGoodOnce: true,

  enroll(moment) {
    const code = newCodeText(moment, codeBytes)
    return { data: { hash: hashCode(code.replaceAll('-', '')), usedAt: null }, shown: { code } }
  },

  verify({ now }, { data, response }) {
    const code = parseCodeText(response.code, codeBytes)
    if (code === undefined || !equal(hashCode(code), data.hash)) return { accepted: false, reason: 'mismatch' }
    if (data.usedAt !== null) return { accepted: false, reason: 'replay' }
    return { accepted: true, data: { ...data, usedAt: now.getTime() } }
  },
  restore: () => undefined,
} satisfies Factor<AccessPassData, never, CodeResponse, Record<string, never>>

function hashCode(code: string): string {
  return sha256(code).toString('base64url')
}
