import type { SessionId, TenantId, UserId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

/** A session as stored; `secret` is sealed. */
export type SessionRow = Schema['session']

const sessionById = query((db, p: { id: SessionId }) => db.selectFrom('session').selectAll().where('id', '=', p.id))

/** The session with this id, alive or not. */
export function findSession(db: Reader, id: SessionId): Promise<SessionRow | undefined> {
  return db.first(sessionById, { id })
}

/** More than a person has; who has more sees the newest. */
const listedAtMost = 200

const sessionsOfUser = query((db, p: { user_id: UserId; tenant_id: TenantId; nowMs: number }) =>
  db
    .selectFrom('session')
    .selectAll()
    .where('user_id', '=', p.user_id)
    .where('tenant_id', '=', p.tenant_id)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', p.nowMs)
    .orderBy('id', 'desc')
    .limit(listedAtMost),
)

/** The sessions of a user that are alive, newest first. */
export function listLiveSessions(
  db: Reader,
  p: { readonly user_id: UserId; readonly tenant_id: TenantId; readonly nowMs: number },
): Promise<readonly SessionRow[]> {
  return db.list(sessionsOfUser, p)
}

export const insertSession = write<SessionRow>('exactlyOne', 'session', (db, row) =>
  db.insertInto('session').values({
    id: row.id,
    tenant_id: row.tenant_id,
    client_id: row.client_id,
    user_id: row.user_id,
    amr: row.amr,
    acr: row.acr,
    auth_time: row.auth_time,
    mfa_at: row.mfa_at,
    ip_address: row.ip_address,
    user_agent: row.user_agent,
    secret: row.secret,
    refresh_count: row.refresh_count,
    refreshed_at: row.refreshed_at,
    mfa_used_at: row.mfa_used_at,
    created_at: row.created_at,
    expires_at: row.expires_at,
    ended_at: row.ended_at,
    end_reason: row.end_reason,
  }),
)

/** Of two who come with the same refresh token, one gets its successor. Fails as `session refreshed`. */
export const rotateRefresh = write<Pick<SessionRow, 'id' | 'refresh_count' | 'refreshed_at' | 'expires_at'>>(
  'exactlyOne',
  'session refreshed',
  (db, p) =>
    db
      .updateTable('session')
      .set((eb) => ({
        refresh_count: eb('refresh_count', '+', 1),
        refreshed_at: p.refreshed_at,
        expires_at: p.expires_at,
      }))
      .where('id', '=', p.id)
      .where('refresh_count', '=', p.refresh_count)
      .where('ended_at', 'is', null),
)

/** A second factor was proven in this session. Fails as `session ended`. */
export const proveMfa = write<{ id: SessionId; mfa_at: number }>('exactlyOne', 'session ended', (db, p) =>
  db
    .updateTable('session')
    .set({ mfa_at: p.mfa_at, mfa_used_at: p.mfa_at })
    .where('id', '=', p.id)
    .where('ended_at', 'is', null),
)

/** The MFA token was used. Nothing when a factor was proven since. */
export const useMfa = write<{ id: SessionId; mfa_at: number; mfa_used_at: number }>('anyNumber', 'session', (db, p) =>
  db.updateTable('session').set({ mfa_used_at: p.mfa_used_at }).where('id', '=', p.id).where('mfa_at', '=', p.mfa_at),
)

/** The proofs of all sessions of a user but one are worth nothing from now on. */
export const forgetMfa = write<{ user_id: UserId; tenant_id: TenantId; kept_id: string }>(
  'anyNumber',
  'sessions',
  (db, p) =>
    db
      .updateTable('session')
      .set({ mfa_at: null, mfa_used_at: null })
      .where('user_id', '=', p.user_id)
      .where('tenant_id', '=', p.tenant_id)
      .where('id', '<>', p.kept_id as SessionId)
      .where('ended_at', 'is', null),
)

/** Fails as `session ended` when it has ended before. */
export const endSession = write<{ id: SessionId; ended_at: number; end_reason: string }>(
  'exactlyOne',
  'session ended',
  (db, p) =>
    db
      .updateTable('session')
      .set({ ended_at: p.ended_at, end_reason: p.end_reason })
      .where('id', '=', p.id)
      .where('ended_at', 'is', null),
)

/** Ends all sessions of a user but one; `kept_id` is empty when none is kept. */
export const endSessionsOfUser = write<{
  user_id: UserId
  tenant_id: TenantId
  kept_id: string
  ended_at: number
  end_reason: string
}>('anyNumber', 'sessions', (db, p) =>
  db
    .updateTable('session')
    .set({ ended_at: p.ended_at, end_reason: p.end_reason })
    .where('user_id', '=', p.user_id)
    .where('tenant_id', '=', p.tenant_id)
    .where('id', '<>', p.kept_id as SessionId)
    .where('ended_at', 'is', null),
)

const pastSession = query((db, p: { before: number }) =>
  db
    .selectFrom('session')
    .select('id')
    .where((eb) => eb.or([eb('expires_at', '<=', p.before), eb('ended_at', '<=', p.before)]))
    .limit(1),
)

/** Whether `deletePastSessions` has anything to do. */
export async function hasPastSessions(db: Reader, before: number): Promise<boolean> {
  return (await db.first(pastSession, { before })) !== undefined
}

/** `rows` that were ended or had expired by `before`, in all tenants. */
export const deletePastSessions = write<{ before: number; rows: number }>('anyNumber', 'sessions', (db, p) =>
  db.deleteFrom('session').where('id', 'in', (from) =>
    from
      .selectFrom('session')
      .select('id')
      .where((eb) => eb.or([eb('expires_at', '<=', p.before), eb('ended_at', '<=', p.before)]))
      .limit(p.rows),
  ),
)

/** For a user who is erased. */
export const deleteSessionsOfUser = write<{ user_id: UserId; tenant_id: TenantId }>('anyNumber', 'sessions', (db, p) =>
  db.deleteFrom('session').where('user_id', '=', p.user_id).where('tenant_id', '=', p.tenant_id),
)
