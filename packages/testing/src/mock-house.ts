import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { Output } from '@gatehouse/contract/operation'
import type { ProblemCode } from '@gatehouse/contract/problems'
import type { Authenticated, Claims } from '@gatehouse/contract/resources'
import { logout, refreshSession } from '@gatehouse/contract/session-operations'
import { login } from '@gatehouse/contract/sign-in-operations'
import type { listRevocations, readTokenKeys } from '@gatehouse/contract/verification-operations'
import { validateToken } from '@gatehouse/contract/verification-operations'
import { readToken, signToken, tokenKey } from '@gatehouse/server/sessions/access-token'

/** Who a token is of; all of it has a default. */
export interface MockPerson {
  readonly email?: string | undefined
  readonly role?: string | undefined
  /** Whether they signed in with a second factor. */
  readonly mfa?: boolean | undefined
}

/** The code that is right, each time; every other one is wrong. */
export const mockCode = '424242'
/** Everybody's, but for that: every other one is wrong. */
export const mockPassword = 'a few unrelated words'

const lifeSeconds = 3600
const sessionSeconds = 43_200
/** Known to everybody, so that nobody trusts it. */
const keyBytes = createHash('sha256').update('the key of every Gatehouse mock').digest()
const keyId = `key_${idFrom('mock')}`
const issuer = 'http://gatehouse.mock'

/** What the mock answers: values in, values or the code of a problem out. */
export function mockHouse({ clientId, now }: { readonly clientId: string; readonly now: () => Date }) {
  const key = tokenKey(keyId, keyBytes)
  const seconds = () => Math.floor(now().getTime() / 1000)

  function claimsOf({ email = 'ada+test@example.test', role = 'user', mfa = false }: MockPerson): Claims {
    const iat = seconds()
    return {
      iss: issuer,
      sub: `usr_${idFrom(email)}`,
      aud: clientId,
      email,
      role,
      client_id: clientId,
      iat,
      exp: iat + lifeSeconds,
      jti: idFrom(randomBytes(16)),
      sid: `ses_${idFrom(randomBytes(16))}`,
      amr: mfa ? ['pwd', 'otp', 'mfa'] : ['pwd'],
      acr: mfa ? 'aal2' : 'aal1',
      auth_time: iat,
      security: { '2fa_verified': mfa, ip: null },
    }
  }

  function authenticated(claims: Claims): Authenticated {
    const { sub, email = null, role, sid } = claims
    const at = now().toISOString()
    const access_token = signToken(key, claims)
    const unknown = {
      external_id: null,
      name: null,
      phone_number: null,
      email_verified_at: at,
      phone_verified_at: null,
    }
    return {
      status: 'authenticated',
      access_token,
      token_type: 'Bearer',
      expires_in: lifeSeconds,
      refresh_token: access_token,
      session_id: sid,
      user: {
        id: sub as `usr_${string}`,
        number: 1,
        email,
        ...unknown,
        role,
        status: 'active',
        created_at: at,
        updated_at: at,
      },
    }
  }

  const signIn = (text: string): Output<typeof login> | ProblemCode => {
    const { email, password } = login.input.parse(JSON.parse(text))
    if (password !== mockPassword || !email.endsWith('+test@example.test')) return 'invalid_credentials'
    return authenticated(claimsOf({ email }))
  }

  const refresh = (text: string): Authenticated | ProblemCode => {
    const claims = readToken(key, refreshSession.input.parse(JSON.parse(text)).refresh_token)
    if (!claims) return 'token_invalid'
    const { iat, exp, jti } = claimsOf({})
    return authenticated({ ...claims, iat, exp, jti })
  }

  const proofOf = ({ sub, sid }: Claims, at: number) =>
    `mst_${at}_${createHmac('sha256', keyBytes).update(`${sub} ${sid} ${at}`).digest('hex')}`
  /** When a second factor was proven with this, in seconds. */
  const readProof = (claims: Claims, shown = '') => {
    const at = Number(/^mst_(\d+)_/.exec(shown)?.[1])
    return shown === proofOf(claims, at) && seconds() - at < sessionSeconds ? at : undefined
  }

  const validate = (text: string): Output<typeof validateToken> | ProblemCode => {
    const { token, mfa_code, session_token, require = {} } = validateToken.input.parse(JSON.parse(text))
    const claims = readToken(key, token)
    if (!claims) return { active: false, reason: 'invalid' }
    if (claims.exp <= seconds()) return { active: false, reason: 'expired' }
    if (mfa_code !== undefined && mfa_code !== mockCode) return 'mfa_code_invalid'
    const earlier = readProof(claims, session_token) ?? (claims.acr === 'aal2' ? claims.auth_time : undefined)
    const at = mfa_code === undefined ? earlier : seconds()
    const { mfa = false, max_age_seconds: maxAge, action } = require
    if (action) return 'mfa_required'
    if ((mfa || maxAge !== undefined) && at === undefined) return 'mfa_required'
    if (at !== undefined && maxAge !== undefined && seconds() - at > maxAge) return 'mfa_stale'
    if (at === undefined) return { active: true, claims, mfa: { verified: false } }
    const proven = { verified: true, verified_at: new Date(at * 1000).toISOString() }
    return { active: true, claims, mfa: { ...proven, ...(mfa_code && { session_token: proofOf(claims, at) }) } }
  }

  const keys = (): Output<typeof readTokenKeys> => ({
    issuer,
    client_id: clientId,
    access_token_seconds: lifeSeconds,
    keys: [{ id: keyId, alg: 'HS256', key: keyBytes.toString('base64url') }],
  })

  const revocations = (): Output<typeof listRevocations> => {
    const at = now().getTime()
    return { data: [], position: String(at), has_more: false, at, key_ids: [keyId] }
  }

  const calls: Readonly<Record<string, (text: string) => object | ProblemCode>> = {
    'POST /v1/auth/login': signIn,
    'POST /v1/auth/refresh': refresh,
    'POST /v1/auth/logout': (text) =>
      readToken(key, logout.input.parse(JSON.parse(text)).token) ? {} : 'token_invalid',
    'POST /v1/tokens/validate': validate,
    'POST /v1/tokens/keys': keys,
    'GET /v1/tokens/revocations': revocations,
  }

  return {
    token: (person: MockPerson = {}) => signToken(key, claimsOf(person)),
    revocations,
    answer: (method: string, path: string, text: string) => calls[`${method} ${path}`]?.(text) ?? 'not_found',
  }
}

/** The last part of an id. */
function idFrom(seed: string | Uint8Array): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
  const bytes = createHash('sha256').update(seed).digest()
  return Array.from(bytes.subarray(0, 26), (byte) => alphabet[byte % 32]).join('')
}
