import type { Claims } from '@gatehouse/contract/resources'
import { equal } from '../crypto/equal.ts'
import { hmacSha256, type Mac } from '../crypto/hmac-sha256.ts'

/** What signs the tokens of one client. */
export interface TokenKey {
  /** The first part of every token under this key, in full: nothing else is accepted as a header (RFC 8725, section 3.1). */
  readonly header: string
  readonly mac: Mac
}

/** A token key from the id of its root and its bytes. */
export function tokenKey(rootId: string, key: Uint8Array): TokenKey {
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: rootId })).toString('base64url')
  return { header, mac: hmacSha256(key) }
}

/** A JWT (RFC 7519) in compact form, HMAC-SHA256. */
export function signToken({ header, mac }: TokenKey, claims: Claims): string {
  const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  return `${signed}.${mac(signed).toString('base64url')}`
}

/** More than any token of ours has. */
const longest = 4096

/**
 * The claims of a token that was signed under this key; undefined for everything else. Only the one text that we made
 * is accepted: header and signature are compared as text, and the payload is written again. Says nothing of time. An
 * application may have the key as well: what it signed may be anything, and is null when it is no JSON.
 */
export function readToken({ header, mac }: TokenKey, token: string): Claims | null | undefined {
  if (token.length > longest || !token.startsWith(`${header}.`)) return undefined
  const end = token.lastIndexOf('.')
  const expected = mac(token.slice(0, end)).toString('base64url')
  if (!equal(expected, token.slice(end + 1))) return undefined
  const payload = Buffer.from(token.slice(header.length + 1, end), 'base64url')
  if (`${header}.${payload.toString('base64url')}` !== token.slice(0, end)) return undefined
  return readClaims(payload.toString('utf8'))
}

function readClaims(text: string): Claims | null {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const sessionForm = /^ses_[0-9a-z]{26}$/

/** Whether a session can be looked for, and the token be judged by it. */
export function leadsToSession(claims: Claims): claims is Claims {
  const { sid, jti, exp }: Partial<Claims> = claims
  return typeof sid === 'string' && sessionForm.test(sid) && typeof jti === 'string' && Number.isFinite(exp)
}

/** Whose client a token says that it is for. Nothing is proven by it: it tells under which key to look. */
export function clientNameIn(token: string): string | undefined {
  const [, payload = ''] = token.slice(0, longest).split('.', 2)
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    const name = typeof claims === 'object' && claims !== null && 'client_id' in claims ? claims.client_id : undefined
    return typeof name === 'string' ? name : undefined
  } catch {
    return undefined
  }
}
