import type { Id, TenantId, UserId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

export type RequestRow = Schema['recovery_request']

const requestById = query((db, p: { id: Id<'rec'>; tenant_id: TenantId }) =>
  db.selectFrom('recovery_request').selectAll().where('id', '=', p.id).where('tenant_id', '=', p.tenant_id),
)

/** The request with this id in this tenant, open or not. */
export function findRequest(db: Reader, tenantId: TenantId, id: Id<'rec'>): Promise<RequestRow | undefined> {
  return db.first(requestById, { id, tenant_id: tenantId })
}

const openRequest = query((db, p: { user_id: UserId; tenant_id: TenantId }) =>
  db
    .selectFrom('recovery_request')
    .selectAll()
    .where('user_id', '=', p.user_id)
    .where('tenant_id', '=', p.tenant_id)
    .where('ended_at', 'is', null),
)

/** The request of a user that still waits: there is one at most. */
export function findOpenRequest(db: Reader, tenantId: TenantId, userId: UserId): Promise<RequestRow | undefined> {
  return db.first(openRequest, { user_id: userId, tenant_id: tenantId })
}

const dueRequests = query((db, p: { now: number; rows: number }) =>
  db
    .selectFrom('recovery_request')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('due_at', '<=', p.now)
    .orderBy('due_at')
    .limit(p.rows),
)

/** The requests, of all tenants, with which something is to be done by now. */
export function listDueRequests(db: Reader, now: number, rows: number): Promise<readonly RequestRow[]> {
  return db.list(dueRequests, { now, rows })
}

/** Fails as `request open` when the user has one already. */
export const insertRequest = write<RequestRow>('insertedOnce', 'request open', (db, row) =>
  db
    .insertInto('recovery_request')
    .values({
      id: row.id,
      tenant_id: row.tenant_id,
      user_id: row.user_id,
      client_id: row.client_id,
      created_at: row.created_at,
      ready_at: row.ready_at,
      due_at: row.due_at,
      ended_at: row.ended_at,
      end_reason: row.end_reason,
    })
    .onConflict((on) => on.doNothing()),
)

/** Fails as `request ended` when it has ended before. */
export const endRequest = write<{ id: Id<'rec'>; ended_at: number; end_reason: NonNullable<RequestRow['end_reason']> }>(
  'exactlyOne',
  'request ended',
  (db, p) =>
    db
      .updateTable('recovery_request')
      .set({ ended_at: p.ended_at, end_reason: p.end_reason })
      .where('id', '=', p.id)
      .where('ended_at', 'is', null),
)

/** The reminder was sent. Fails as `request changed` when another node has done so. */
export const noteReminder = write<Pick<RequestRow, 'id' | 'ready_at'>>('exactlyOne', 'request changed', (db, p) =>
  db
    .updateTable('recovery_request')
    .set({ due_at: p.ready_at })
    .where('id', '=', p.id)
    .where('due_at', '<', p.ready_at)
    .where('ended_at', 'is', null),
)
