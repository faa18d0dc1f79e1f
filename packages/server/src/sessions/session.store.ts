import type { SessionId, TenantId, UserId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

const sessionById = query((db, p: { id: SessionId }) =>
  db
    .selectFrom('session')
    .select(['id', 'client_id', 'user_id', 'created_at', 'expires_at', 'ended_at'])
    .where('id', '=', p.id),
)

/** What decides whether a session is alive. */
export type SessionLife = Pick<
  Schema['session'],
  'id' | 'client_id' | 'user_id' | 'created_at' | 'expires_at' | 'ended_at'
>

/** The session with this id, alive or not. */
export function findSession(db: Reader, id: SessionId): Promise<SessionLife | undefined> {
  return db.first(sessionById, { id })
}

export const insertSession = write<Schema['session']>('exactlyOne', 'session', (db, row) =>
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
    created_at: row.created_at,
    expires_at: row.expires_at,
    ended_at: row.ended_at,
    end_reason: row.end_reason,
  }),
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

export const endSessionsOfUser = write<{
  user_id: UserId
  tenant_id: TenantId
  ended_at: number
  end_reason: string
}>('anyNumber', 'sessions', (db, p) =>
  db
    .updateTable('session')
    .set({ ended_at: p.ended_at, end_reason: p.end_reason })
    .where('user_id', '=', p.user_id)
    .where('tenant_id', '=', p.tenant_id)
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
