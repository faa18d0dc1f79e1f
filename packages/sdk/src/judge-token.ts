import type { Claims } from '@gatehouse/contract/resources'
import { decode, encode } from './base64url.ts'
import type { Hmac } from './hmac.ts'

/** A token key as a verifier holds it. */
export interface VerifierKey {
  /** The first part of every token under this key, in full: nothing else is accepted as a header (RFC 8725, section 3.1). */
  readonly header: string
  readonly hmac: Hmac
}

/** What every token of a client says. */
export interface Expected {
  readonly issuer: string
  readonly clientId: string
  readonly lifeSeconds: number
}

/** The first part of the tokens under the key with this id. */
export function headerOf(keyId: string): string {
  return encode(new TextEncoder().encode(JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: keyId })))
}

/** More than any token of ours has. */
const longest = 4096

/**
 * What a token says that was signed under one of these keys; undefined for everything else. The rules are those of the server:
 * one text is accepted, the one that it made. Says nothing of time.
 */
export async function readToken(keys: readonly VerifierKey[], token: string): Promise<unknown> {
  if (typeof token !== 'string' || token.length > longest) return undefined
  const key = keys.find(({ header }) => token.startsWith(`${header}.`))
  if (!key) return undefined
  const end = token.lastIndexOf('.')
  const signed = token.slice(0, end)
  if (!equal(await key.hmac(signed), token.slice(end + 1))) return undefined
  const payload = token.slice(key.header.length + 1, end)
  const bytes = decode(payload)
  if (!bytes || encode(bytes) !== payload) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

const sessionForm = /^ses_[0-9a-z]{26}$/
const acrs: readonly unknown[] = ['aal1', 'aal2', 'aal3', 'recovery']

/** Whether it says what the server says in a token for this client (RFC 8725, sections 3.8 and 3.9). */
export function isOurs(said: unknown, { issuer, clientId, lifeSeconds }: Expected): said is Claims {
  if (typeof said !== 'object' || said === null) return false
  const { iss, aud, client_id, sid, sub, exp, iat, acr, amr, auth_time } = said as Record<string, unknown>
  return (
    iss === issuer &&
    aud === clientId &&
    client_id === clientId &&
    typeof sid === 'string' &&
    sessionForm.test(sid) &&
    (typeof sub === 'string' || Number.isSafeInteger(sub)) &&
    Number.isSafeInteger(exp) &&
    Number.isSafeInteger(iat) &&
    Number.isSafeInteger(auth_time) &&
    Number(exp) > Number(iat) &&
    Number(exp) - Number(iat) <= lifeSeconds &&
    acrs.includes(acr) &&
    Array.isArray(amr) &&
    !('nbf' in said)
  )
}

/** In constant time, of texts of equal length. */
function equal(left: string, right: string): boolean {
  if (left.length !== right.length) return false
  let difference = 0
  for (let index = 0; index < left.length; index++) difference |= left.charCodeAt(index) ^ right.charCodeAt(index)
  return difference === 0
}
