import type { PublicKey } from '@gatehouse/contract/public-key'
import { z } from 'zod'
import { hasSigned, thumbprintOf } from '../factors/push/device-key.ts'
import { secondMs } from '../kernel/durations.ts'
import { parseJson } from '../kernel/parse-json.ts'

const Header = z.object({
  alg: z.enum(['ES256', 'EdDSA', 'Ed25519']),
  typ: z.string().optional(),
  kid: z.string().optional(),
  // What has to be understood (RFC 7515, section 4.1.11) nobody of us understands.
  crit: z.never().optional(),
  b64: z.never().optional(),
})

const Claims = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string()).length(1)]),
  exp: z.number(),
  nbf: z.number().optional(),
  iat: z.number().optional(),
  jti: z.string().min(8).max(128),
})

/** What an assertion is judged by. */
export interface AssertionRules {
  readonly slug: string
  readonly keys: readonly PublicKey[]
  /** Names of ours. Others that trust the client must not be able to use its assertions with us. */
  readonly audiences: readonly string[]
  readonly mostSeconds: number
  readonly now: Date
}

export type AssertionVerdict =
  | { readonly valid: true; readonly jti: string; readonly keyId: string; readonly expiresAt: number }
  | { readonly valid: false }

const invalid: AssertionVerdict = { valid: false }

/** Seconds that the clock of a client may be ahead of ours. */
const leewaySeconds = 30

/** A client assertion (RFC 7523, section 3): a JWT in compact form, for us, short-lived, signed by a key of the client. */
export function judgeAssertion(assertion: string, rules: AssertionRules): AssertionVerdict {
  const parts = /^([A-Za-z0-9_-]{1,512})\.([A-Za-z0-9_-]{1,2048})\.([A-Za-z0-9_-]{86})$/.exec(assertion)
  if (!parts) return invalid
  const [, head = '', payload = '', signature = ''] = parts
  const header = Header.safeParse(readPart(head)).data
  const claims = Claims.safeParse(readPart(payload)).data
  if (!header || !claims || !isCanonical(signature)) return invalid
  const kind = header.alg === 'ES256' ? 'EC' : 'OKP'
  const key = rules.keys.find((each) => each.kty === kind && hasSigned(each, `${head}.${payload}`, signature))
  if (!key || !isForUs(claims, rules)) return invalid
  return { valid: true, jti: claims.jti, keyId: thumbprintOf(key), expiresAt: claims.exp * secondMs }
}

function isForUs(claims: z.infer<typeof Claims>, { slug, audiences, mostSeconds, now }: AssertionRules): boolean {
  const { iss, sub, aud, exp, nbf = 0, iat = 0 } = claims
  const nowSeconds = now.getTime() / secondMs
  const isOurs = iss === slug && sub === slug && audiences.includes(String(aud))
  const hasBegun = nbf <= nowSeconds + leewaySeconds && iat <= nowSeconds + leewaySeconds
  return isOurs && hasBegun && exp > nowSeconds && exp <= nowSeconds + mostSeconds + leewaySeconds
}

function readPart(part: string): unknown {
  if (!isCanonical(part)) return undefined
  try {
    return parseJson(Buffer.from(part, 'base64url'), { depth: 16, names: 100 })
  } catch {
    return undefined
  }
}

/** The one spelling of its bytes. */
function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part
}
