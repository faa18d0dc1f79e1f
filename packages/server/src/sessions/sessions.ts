import type { Policy } from '@gatehouse/contract/policy'
import type { Claims, User } from '@gatehouse/contract/resources'
import type { Client } from '../clients/client.ts'
import type { Context } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import { newId, type SessionId, type UserId } from '../kernel/ids.ts'
import { leases } from '../kernel/leases.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import type { Reader } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'
import { readToken, signToken } from './access-token.ts'
import { endSession, endSessionsOfUser, findSession, insertSession, type SessionLife } from './session.store.ts'
import { tokenKeys } from './token-keys.ts'

/** How somebody has proven who they are. */
export interface Presence {
  readonly user: User
  /** RFC 8176. */
  readonly amr: readonly string[]
  readonly acr: Claims['acr']
}

/** A session about to begin: `writes` go into the commit of the proof that opens it. */
export interface NewSession {
  readonly id: SessionId
  readonly accessToken: string
  readonly expiresInSeconds: number
  readonly writes: readonly Write[]
}

export type TokenVerdict =
  | { readonly active: true; readonly claims: Claims; readonly session: SessionLife }
  | {
      readonly active: false
      readonly reason: 'invalid' | 'expired' | 'revoked'
      /** Of a token that was ours once. */
      readonly sessionId?: SessionId
    }

type EndReason = 'logout' | 'revoked' | 'user_disabled' | 'password_changed' | 'factor_removed'

/** Sessions and the tokens that speak for them. */
export interface Sessions {
  open(ctx: Context, client: Client, presence: Presence): NewSession
  /** Judges a token of this client by its text, its time and the row of its session. */
  judge(ctx: Context, client: Client, token: string): TokenVerdict | Promise<TokenVerdict>
  /** Ends one session; its commit fails as `session ended` when it has ended before. `forget` it after the commit. */
  end(ctx: Context, session: SessionLife, reason: EndReason): readonly Write[]
  /** Ends all sessions of a user. `forgetAll` after the commit. */
  endAllOf(ctx: Context, userId: UserId, reason: EndReason): readonly Write[]
  /** Makes this node look at the row again at once; others do so within half a second. */
  forget(id: SessionId): void
  forgetAll(): void
}

/** How much older than its row an answer about a session may be, on another node than the one that ended it. */
const leaseMs = 500
const sessionsInMemory = 200_000

export function openSessions(tools: { db: Reader; keys: Keyring; policy: Policy; issuer: string }): Sessions {
  const { db, keys, policy, issuer } = tools
  const keyOf = tokenKeys(keys)
  const alive = leases((id) => findSession(db, id as SessionId), { forMs: leaseMs, size: sessionsInMemory })

  return {
    open(ctx, client, { user, amr, acr }) {
      const id = newId('ses', ctx)
      const now = ctx.now.getTime()
      const issuedAt = Math.floor(now / 1000)
      const expiresAt = issuedAt + policy.accessTokenSeconds
      const isMfa = acr === 'aal2'
      const claims: Claims = {
        iss: issuer,
        sub: client.numericSub ? user.number : user.id,
        aud: client.slug,
        email: user.email,
        role: user.role,
        client_id: client.slug,
        iat: issuedAt,
        exp: expiresAt,
        jti: id.replace('ses_', ''),
        sid: id,
        amr: [...amr],
        acr,
        auth_time: issuedAt,
        security: { '2fa_verified': isMfa, ip: ctx.source.ipAddress },
      }
      const row = insertSession({
        id,
        tenant_id: ctx.tenantId,
        client_id: client.id,
        user_id: user.id,
        amr: JSON.stringify(amr),
        acr,
        auth_time: now,
        mfa_at: isMfa ? now : null,
        ip_address: ctx.source.ipAddress,
        user_agent: ctx.source.userAgent,
        created_at: now,
        expires_at: expiresAt * secondMs,
        ended_at: null,
        end_reason: null,
      })
      const event = record(ctx, {
        type: 'login.succeeded',
        userId: user.id,
        sessionId: id,
        data: { acr, amr: amr.join(' ') },
      })
      return {
        id,
        accessToken: signToken(keyOf(client.id), claims),
        expiresInSeconds: policy.accessTokenSeconds,
        writes: [row, event],
      }
    },

    judge(ctx, client, token) {
      const claims = readToken(keyOf(client.id), token)
      if (typeof claims?.sid !== 'string') return { active: false, reason: 'invalid' }
      if (claims.exp * secondMs <= ctx.now.getTime()) return { active: false, reason: 'expired', sessionId: claims.sid }
      const session = alive.find(claims.sid, ctx.now)
      return session instanceof Promise
        ? session.then((found) => judgeLife(ctx, { client, issuer, claims }, found))
        : judgeLife(ctx, { client, issuer, claims }, session)
    },

    end(ctx, session, reason) {
      const type = reason === 'logout' ? 'session.ended' : 'session.revoked'
      return [
        endSession({ id: session.id, ended_at: ctx.now.getTime(), end_reason: reason }),
        record(ctx, { type, userId: session.user_id, sessionId: session.id, data: { reason } }),
      ]
    },

    endAllOf(ctx, userId, reason) {
      return [
        endSessionsOfUser({
          user_id: userId,
          tenant_id: ctx.tenantId,
          ended_at: ctx.now.getTime(),
          end_reason: reason,
        }),
        record(ctx, { type: 'session.revoked', userId, data: { reason, scope: 'all' } }),
      ]
    },

    forget: alive.forget,
    forgetAll: alive.forgetAll,
  }
}

/** A token that was signed by us, and whom it is shown to. */
interface Shown {
  readonly client: Client
  readonly issuer: string
  readonly claims: Claims
}

function judgeLife(ctx: Context, shown: Shown, session: SessionLife | undefined): TokenVerdict {
  const { client, claims } = shown
  const lives = session?.client_id === client.id && session.ended_at === null && session.expires_at > ctx.now.getTime()
  if (!lives) return { active: false, reason: 'revoked', sessionId: claims.sid }
  return agrees(shown, session) ? { active: true, claims, session } : { active: false, reason: 'invalid' }
}

/**
 * Whether a token says what its session says (RFC 8725, sections 3.8 and 3.9). Nobody but us has the key; if that should
 * ever be wrong, a token still is worth no more than the session that it names.
 */
function agrees({ client, issuer, claims }: Shown, session: SessionLife): boolean {
  return (
    claims.iss === issuer &&
    claims.aud === client.slug &&
    claims.client_id === client.slug &&
    claims.exp === session.expires_at / secondMs &&
    claims.iat === Math.floor(session.created_at / secondMs) &&
    (typeof claims.sub === 'number' || claims.sub === session.user_id) &&
    !('nbf' in claims)
  )
}
