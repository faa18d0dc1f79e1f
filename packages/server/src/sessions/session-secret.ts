import type { Claims } from '@gatehouse/contract/resources'
import { equal } from '../crypto/equal.ts'
import { hmacSha256, type Mac } from '../crypto/hmac-sha256.ts'
import type { Home } from '../crypto/seal.ts'
import type { SessionId, TenantId } from '../kernel/ids.ts'
import type { Moment } from '../kernel/moment.ts'
import type { Keyring } from '../keys/keyring.ts'
import { sealedColumn } from '../keys/sealed-column.ts'

/**
 * Each session has a secret of 256 bits that never leaves the server, sealed to its row. The bearer tokens of a session are
 * made from it, so that none of them stands in the database, not even as a hash, and none can be made without both the
 * database and its keys.
 */
export interface SessionSecret {
  readonly id: SessionId
  readonly mac: Mac
}

/** The secret of a session that begins, and what its row keeps of it. */
export function newSessionSecret(keys: Keyring, place: Place, moment: Moment) {
  const bytes = moment.random(32)
  const secret: SessionSecret = { id: place.id, mac: hmacSha256(bytes) }
  return { secret, sealed: keys.seal(bytes, homeOf(place), moment) }
}

interface Place {
  readonly id: SessionId
  readonly tenant_id: TenantId
}

interface Sealed extends Place {
  readonly secret: Uint8Array
}

function homeOf({ id, tenant_id }: Place): Home {
  return { table: 'session', row: id, column: 'secret', tenant: tenant_id, purpose: 'session' }
}

export const sealedSessions = sealedColumn({
  table: 'session',
  column: 'secret',
  key: ['id'],
  also: ['tenant_id'],
  home: homeOf,
})

/** The secret of a session: opened once for all tokens that one answer needs. */
export function openSecret(keys: Keyring, session: Sealed): SessionSecret {
  return { id: session.id, mac: hmacSha256(keys.open(session.secret, homeOf(session))) }
}

/**
 * What ends the `jti` of an access token: 128 bits over all that the token says. An application that verifies tokens itself
 * has the key that signs them, and cannot make this: what it signs is nothing to us.
 */
export function accessProof({ mac }: SessionSecret, said: Claims): string {
  return mac(`access ${JSON.stringify(said)}`)
    .toString('base64url')
    .slice(0, 22)
}

/** Whether we have made this token, and not somebody who has the client's key. */
export function isAccessProven(keys: Keyring, session: Sealed, claims: Claims): boolean {
  const end = claims.jti.lastIndexOf('.')
  const said = { ...claims, jti: claims.jti.slice(0, end) }
  return equal(accessProof(openSecret(keys, session), said), claims.jti.slice(end + 1))
}

/** The refresh token with this number: `rft_`, the session, the number, 256 bits. */
export function refreshToken({ id, mac }: SessionSecret, count: number): string {
  const proof = mac(`refresh ${count}`).toString('base64url')
  return `rft_${id.slice(4)}_${count}_${proof}`
}

const refreshForm = /^rft_([0-9a-z]{26})_(0|[1-9][0-9]{0,8})_([A-Za-z0-9_-]{43})$/

/** What a text says that has the form of a refresh token; whether it is one, `isRefreshToken` says. */
export function parseRefreshToken(text: string): { readonly id: SessionId; readonly count: number } | undefined {
  const [, id, count] = refreshForm.exec(text) ?? []
  return id === undefined ? undefined : { id: `ses_${id}`, count: Number(count) }
}

/** Whether we have given this token, now or long ago. */
export function isRefreshToken(keys: Keyring, session: Sealed, count: number, text: string): boolean {
  return equal(refreshToken(openSecret(keys, session), count), text)
}

/** The token that says "a second factor was proven then": `mst_`, the session, 256 bits. A new proof makes another. */
export function mfaToken({ id, mac }: SessionSecret, mfaAt: number): string {
  const proof = mac(`mfa ${mfaAt}`).toString('base64url')
  return `mst_${id.slice(4)}_${proof}`
}

/** Whether the text is the MFA token of this session. */
export function isMfaToken(keys: Keyring, session: Sealed, mfaAt: number, text: string): boolean {
  return equal(mfaToken(openSecret(keys, session), mfaAt), text)
}
