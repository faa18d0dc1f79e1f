import type { Policy } from '@gatehouse/contract/policy'
import type { Claims, User } from '@gatehouse/contract/resources'
import type { Client } from '../clients/client.ts'
import { type Context, callingClient } from '../context.ts'
import { isTwoFactor } from '../kernel/assurance.ts'
import { dayMs, secondMs } from '../kernel/durations.ts'
import { goOn } from '../kernel/go-on.ts'
import { newId, type SessionId, type UserId } from '../kernel/ids.ts'
import { leases } from '../kernel/leases.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { NewEvent } from '../log/new-event.ts'
import { record } from '../log/record.ts'
import type { Reader } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'
import { leadsToSession, readToken, signToken, type TokenKey } from './access-token.ts'
import {
  endSession,
  endSessionsOfUser,
  findSession,
  forgetMfa,
  insertSession,
  listLiveSessions,
  proveMfa,
  type SessionRow,
} from './session.store.ts'
import { accessProof, isAccessProven, mfaToken, newSessionSecret, openSecret, refreshToken } from './session-secret.ts'
import { tokenKeys } from './token-keys.ts'

/** How somebody has proven who they are. */
export interface Presence {
  readonly user: User
  /** RFC 8176. */
  readonly amr: readonly string[]
  readonly acr: Claims['acr']
  /** What else the record is to say of the sign-in. */
  readonly noted?: NewEvent['data']
}

/** What a client is given to speak for a session. */
export interface SessionTokens {
  readonly id: SessionId
  readonly accessToken: string
  readonly expiresInSeconds: number
  /** Not for a way back in: who came by a recovery code stays as long as one access token lasts. */
  readonly refreshToken: string | undefined
  /** When a second factor is proven. */
  readonly mfaToken: string | undefined
}

/** A session about to begin: `writes` go into the commit of the proof that opens it. */
export interface NewSession extends SessionTokens {
  readonly writes: readonly Write[]
}

export type TokenVerdict =
  | { readonly active: true; readonly claims: Claims; readonly session: SessionRow }
  | {
      readonly active: false
      readonly reason: 'invalid' | 'expired' | 'revoked'
      /** Of a token that was ours once. */
      readonly sessionId?: SessionId
    }

type EndReason =
  | 'logout'
  | 'revoked'
  | 'user_disabled'
  | 'password_changed'
  | 'factor_removed'
  | 'factor_added'
  | 'mfa_reset'
  | 'disowned'
  | 'replaced'
  | 'code_reused'

interface EndingAll {
  readonly kept?: SessionId | undefined
  /** Why, in the words of whoever wanted it. */
  readonly note?: string | undefined
}

/** Sessions and the tokens that speak for them. */
export interface Sessions {
  open(ctx: Context, client: Client, presence: Presence): NewSession
  /** Judges a token of this client by its text, its time and the row of its session. */
  judge(ctx: Context, client: Client, token: string): TokenVerdict | Promise<TokenVerdict>
  /** Ends one session; its commit fails as `session ended` when it has ended before. `forget` it after the commit. */
  end(ctx: Context, session: Pick<SessionRow, 'id' | 'user_id'>, reason: EndReason, note?: string): readonly Write[]
  /** Ends all sessions of a user, or all but one. `forgetAll` after the commit. */
  endAllOf(ctx: Context, userId: UserId, reason: EndReason, more?: EndingAll): readonly Write[]
  /**
   * Proofs of a second factor are worth nothing from now on, and ways back in are closed, but in the session that acts.
   * `forgetAll` after the commit.
   */
  endProofsOf(ctx: Context, userId: UserId): Promise<readonly Write[]>
  /** A second factor is proven in a session now; its commit fails as `session ended`. `forget` it after the commit. */
  raise(ctx: Context, session: SessionRow): { readonly write: Write; readonly mfaToken: string }
  /** The tokens of a session as its row says; the same row gives the same tokens. */
  tokensOf(client: Client, user: User, session: SessionRow): SessionTokens
  /** The row as this node knows it, at most half a second old. */
  find(ctx: Context, id: SessionId): SessionRow | undefined | Promise<SessionRow | undefined>
  /** Makes this node look at the row again at once; others do so within half a second. */
  forget(id: SessionId): void
  forgetAll(): void
}

/** A token that was signed under this key. */
interface KnownToken {
  readonly key: TokenKey
  readonly claims: Claims
}

/** How much older than its row an answer about a session may be, on another node than the one that ended it. */
const leaseMs = 500
const sessionsInMemory = 200_000
const tokensInMemory = 10_000

export function openSessions(tools: { db: Reader; keys: Keyring; policy: Policy; issuer: string }): Sessions {
  const { db, keys, policy, issuer } = tools
  const { of: keyOf, find: findKey } = tokenKeys(keys)
  /** The same token is shown again and again: its signature is checked once under each key, its session each time. */
  const known = new Map<string, KnownToken>()
  /** Its key is looked for each time: what was read under one that is revoked since is worth nothing. */
  function read(client: Client, token: string): Claims | undefined {
    const key = findKey(client, token)
    if (!key) return undefined
    const before = known.get(token)
    if (before?.key === key) return before.claims
    const claims = readToken(key, token)
    if (!claims || !leadsToSession(claims)) return undefined
    if (known.size >= tokensInMemory) known.clear()
    known.set(token, { key, claims })
    return claims
  }
  const alive = leases((id) => findSession(db, id as SessionId), { forMs: leaseMs, size: sessionsInMemory })

  /** Claims that were seen to be ours; the same token gives the same claims as long as it is remembered. */
  const ours = new WeakSet<Claims>()
  function judgeOrigin(verdict: TokenVerdict): TokenVerdict {
    if (!verdict.active || ours.has(verdict.claims)) return verdict
    if (!isAccessProven(keys, verdict.session, verdict.claims)) return { active: false, reason: 'invalid' }
    ours.add(verdict.claims)
    return verdict
  }

  /** Times are those of the row and not of the clock, so that who asks twice is told the same. */
  function tokensOf(
    client: Client,
    user: User,
    session: SessionRow,
    secret = openSecret(keys, session),
  ): SessionTokens {
    const { id, acr, refresh_count: count } = session
    const issuedAt = Math.floor(session.refreshed_at / secondMs)
    const expiresAt = Math.min(issuedAt + policy.accessTokenSeconds, Math.floor(session.expires_at / secondMs))
    const said: Claims = {
      iss: issuer,
      sub: client.numericSub ? user.number : user.id,
      aud: client.slug,
      ...(user.email !== null && { email: user.email }),
      role: user.role,
      client_id: client.slug,
      iat: issuedAt,
      exp: expiresAt,
      jti: `${id.slice(4)}.${count}`,
      sid: id,
      amr: JSON.parse(session.amr),
      acr: acr as Claims['acr'],
      auth_time: Math.floor(session.auth_time / secondMs),
      security: { '2fa_verified': isTwoFactor(acr), ip: session.ip_address },
    }
    const claims = { ...said, jti: `${said.jti}.${accessProof(secret, said)}` }
    return {
      id,
      accessToken: signToken(keyOf(client), claims),
      expiresInSeconds: expiresAt - issuedAt,
      refreshToken: acr === 'recovery' ? undefined : refreshToken(secret, count),
      mfaToken: session.mfa_at === null ? undefined : mfaToken(secret, session.mfa_at),
    }
  }

  function end(
    ctx: Context,
    session: Pick<SessionRow, 'id' | 'user_id'>,
    reason: EndReason,
    note?: string,
  ): readonly Write[] {
    const type = reason === 'logout' ? 'session.ended' : 'session.revoked'
    return [
      endSession({ id: session.id, ended_at: ctx.now.getTime(), end_reason: reason }),
      record(ctx, { type, userId: session.user_id, sessionId: session.id, data: { reason, ...(note && { note }) } }),
    ]
  }

  return {
    open(ctx, client, { user, amr, acr, noted }) {
      const now = ctx.now.getTime()
      const place = { id: newId('ses', ctx), tenant_id: ctx.tenantId }
      const isMfa = isTwoFactor(acr)
      const { secret, sealed } = newSessionSecret(keys, place, ctx)
      const session: SessionRow = {
        ...place,
        client_id: client.id,
        user_id: user.id,
        amr: JSON.stringify(amr),
        acr,
        auth_time: now,
        mfa_at: isMfa ? now : null,
        ip_address: ctx.source.ipAddress,
        user_agent: ctx.source.userAgent,
        secret: sealed,
        refresh_count: 0,
        refreshed_at: now,
        mfa_used_at: isMfa ? now : null,
        created_at: now,
        expires_at: findEnd({ acr, created_at: now }, now, policy),
        ended_at: null,
        end_reason: null,
      }
      const event = record(ctx, {
        type: 'login.succeeded',
        userId: user.id,
        sessionId: session.id,
        data: { acr, amr: amr.join(' '), ...noted },
      })
      return { ...tokensOf(client, user, session, secret), writes: [insertSession(session), event] }
    },

    tokensOf,

    find: (ctx, id) => alive.find(id, ctx.now),

    judge(ctx, client, token) {
      const claims = read(client, token)
      if (!claims) return { active: false, reason: 'invalid' }
      if (claims.exp * secondMs <= ctx.now.getTime()) return { active: false, reason: 'expired', sessionId: claims.sid }
      const shown = { client, issuer, claims, lifeSeconds: policy.accessTokenSeconds }
      return goOn(alive.find(claims.sid, ctx.now), (session) => judgeOrigin(judgeLife(ctx, shown, session)))
    },

    end,

    endAllOf(ctx, userId, reason, { kept, note } = {}) {
      return [
        endSessionsOfUser({
          user_id: userId,
          tenant_id: ctx.tenantId,
          kept_id: kept ?? '',
          ended_at: ctx.now.getTime(),
          end_reason: reason,
        }),
        record(ctx, {
          type: 'session.revoked',
          userId,
          data: { reason, scope: kept ? 'others' : 'all', ...(note && { note }) },
        }),
      ]
    },

    raise(ctx, session) {
      const at = ctx.now.getTime()
      return { write: proveMfa({ id: session.id, mfa_at: at }), mfaToken: mfaToken(openSecret(keys, session), at) }
    },

    async endProofsOf(ctx, userId) {
      const kept = ctx.actor.kind === 'user' ? ctx.actor.session.id : ''
      const owner = { user_id: userId, tenant_id: ctx.tenantId }
      const live = await listLiveSessions(ctx.db, { ...owner, nowMs: ctx.now.getTime() })
      const waysBack = live.filter(({ id, acr }) => acr === 'recovery' && id !== kept)
      return [forgetMfa({ ...owner, kept_id: kept }), ...waysBack.flatMap((each) => end(ctx, each, 'factor_added'))]
    },

    forget: alive.forget,
    forgetAll: alive.forgetAll,
  }
}

/** A session ends when it has not been refreshed for some days, and some days after its beginning in any case. */
export function findEnd(session: Pick<SessionRow, 'acr' | 'created_at'>, nowMs: number, policy: Policy): number {
  const unused = session.acr === 'recovery' ? policy.accessTokenSeconds * secondMs : policy.refreshIdleDays * dayMs
  return Math.min(nowMs + unused, session.created_at + policy.refreshDays * dayMs)
}

/** The session with this id, if it is one of the calling client and alive. */
export async function findClientsSession(
  ctx: Context,
  sessions: Sessions,
  id: SessionId,
): Promise<SessionRow | undefined> {
  const session = await sessions.find(ctx, id)
  if (session?.client_id !== callingClient(ctx).id || session.ended_at !== null) return undefined
  return session.expires_at > ctx.now.getTime() ? session : undefined
}

/** A token that was signed by us, and whom it is shown to. */
interface Shown {
  readonly client: Client
  readonly issuer: string
  readonly claims: Claims
  /** How long an access token lasts. */
  readonly lifeSeconds: number
}

function judgeLife(ctx: Context, shown: Shown, session: SessionRow | undefined): TokenVerdict {
  const { client, claims } = shown
  const lives = session?.client_id === client.id && session.ended_at === null && session.expires_at > ctx.now.getTime()
  if (!lives) return { active: false, reason: 'revoked', sessionId: claims.sid }
  return agrees(shown, session) ? { active: true, claims, session } : { active: false, reason: 'invalid' }
}

/**
 * Whether a token says what its session says (RFC 8725, sections 3.8 and 3.9). An application may have the key, too:
 * a token is worth no more than the session that it names.
 */
function agrees({ client, issuer, claims, lifeSeconds }: Shown, session: SessionRow): boolean {
  return (
    claims.iss === issuer &&
    claims.aud === client.slug &&
    claims.client_id === client.slug &&
    claims.exp * secondMs <= session.expires_at &&
    claims.iat >= Math.floor(session.created_at / secondMs) &&
    Number.isInteger(claims.iat) &&
    // Life in full, or what was left of the session.
    (claims.exp === claims.iat + lifeSeconds || claims.exp === Math.floor(session.expires_at / secondMs)) &&
    (typeof claims.sub === 'number' || claims.sub === session.user_id) &&
    !('nbf' in claims)
  )
}
