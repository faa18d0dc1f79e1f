import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Session } from '@gatehouse/contract/resources'
import type {
  endSessions as EndAll,
  endSession as EndOne,
  listSessions as List,
} from '@gatehouse/contract/session-operations'
import { actingSession, type Context, commit } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { SessionId, UserId } from '../kernel/ids.ts'
import { getUserRow } from '../users/get-user.ts'
import { findSession, listLiveSessions, type SessionRow } from './session.store.ts'
import type { Sessions } from './sessions.ts'

interface Tools {
  readonly sessions: Sessions
}

/** The sessions of a user that are alive, newest first. */
export async function listSessions(ctx: Context, input: Parsed<typeof List>): Promise<Output<typeof List>> {
  const user = await getUserRow(ctx, input.id)
  const rows = await listLiveSessions(ctx.db, { user_id: user.id, tenant_id: ctx.tenantId, nowMs: ctx.now.getTime() })
  return { data: rows.map(showSession) }
}

/** The sessions of a user in which something has happened within this time. */
export async function listSessionsInUse(
  ctx: Context,
  userId: UserId,
  withinMs: number,
): Promise<readonly SessionRow[]> {
  const nowMs = ctx.now.getTime()
  const rows = await listLiveSessions(ctx.db, { user_id: userId, tenant_id: ctx.tenantId, nowMs })
  return rows.filter((row) => nowMs - Math.max(row.refreshed_at, row.mfa_used_at ?? 0) < withinMs)
}

/** Ends one session, whoever opened it. */
export function endSession({ sessions }: Tools) {
  return async (ctx: Context, { id, reason }: Parsed<typeof EndOne>): Promise<Output<typeof EndOne>> => {
    const session = await findSession(ctx.db, id)
    const lives = session?.tenant_id === ctx.tenantId && session.ended_at === null
    if (!lives || session.expires_at <= ctx.now.getTime()) throw new Fault('not_found')
    const committed = await commit(ctx, sessions.end(ctx, session, 'revoked', reason))
    sessions.forget(id)
    // Somebody else has ended it meanwhile.
    if (!committed.done) throw new Fault('not_found')
    return {}
  }
}

/** Ends all sessions of a user. */
export function endSessions({ sessions }: Tools) {
  return async (ctx: Context, { id, reason }: Parsed<typeof EndAll>): Promise<Output<typeof EndAll>> => {
    const user = await getUserRow(ctx, id)
    await commit(ctx, sessions.endAllOf(ctx, user.id, 'revoked', { note: reason }))
    sessions.forgetAll()
    return {}
  }
}

/** Ends a session of the person who asks. */
export function endMySession({ sessions }: Tools) {
  return async (ctx: Context, { id }: { readonly id: SessionId }): Promise<Record<string, never>> => {
    const session = await findSession(ctx.db, id)
    const isMine = session?.user_id === actingSession(ctx).user_id
    if (!isMine) throw new Fault('not_found')
    const committed = await commit(ctx, sessions.end(ctx, session, 'logout'))
    sessions.forget(id)
    if (!committed.done) throw new Fault('not_found')
    return {}
  }
}

/** Ends all sessions of the person who asks but the one that they ask in. */
export function endMyOtherSessions({ sessions }: Tools) {
  return async (ctx: Context): Promise<Record<string, never>> => {
    const { id, user_id } = actingSession(ctx)
    await commit(ctx, sessions.endAllOf(ctx, user_id, 'revoked', { kept: id }))
    sessions.forgetAll()
    return {}
  }
}

/** A session as the API shows it: nothing that could speak for it. */
export function showSession(row: SessionRow): Session {
  return {
    id: row.id,
    user_id: row.user_id,
    client_id: row.client_id,
    amr: JSON.parse(row.amr),
    acr: row.acr as Session['acr'],
    created_at: new Date(row.created_at).toISOString(),
    last_active_at: new Date(Math.max(row.refreshed_at, row.mfa_used_at ?? 0)).toISOString(),
    mfa_at: row.mfa_at === null ? null : new Date(row.mfa_at).toISOString(),
    expires_at: new Date(row.expires_at).toISOString(),
    ip_address: row.ip_address,
    user_agent: row.user_agent,
  }
}
