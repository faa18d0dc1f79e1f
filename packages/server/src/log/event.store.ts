import type { TenantId, UserId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

type Row = Omit<Schema['event'], 'seq' | 'position'>

/** The name of the guard of `insertEvent`. */
export const eventGuard = 'event'

/** Appends one event. Its place in the sealed log is given later. */
export const insertEvent = write<Row>('exactlyOne', eventGuard, (db, row) =>
  db.insertInto('event').values({
    id: row.id,
    tenant_id: row.tenant_id,
    type: row.type,
    at: row.at,
    actor: row.actor,
    client_system: row.client_system,
    user_id: row.user_id,
    session_id: row.session_id,
    request_id: row.request_id,
    data: row.data,
    commitment: row.commitment,
    salt: row.salt,
    email: row.email,
    ip_address: row.ip_address,
    user_agent: row.user_agent,
    geo_location: row.geo_location,
    address_key: row.address_key,
  }),
)

/** Without the salt nobody can find out by trying what a commitment is to. */
export const erasePersonalFields = write<{ user_id: UserId; tenant_id: TenantId; email: string | null }>(
  'anyNumber',
  'events',
  (db, p) =>
    db
      .updateTable('event')
      .set({ salt: null, email: null, ip_address: null, user_agent: null, geo_location: null, address_key: null })
      .where('tenant_id', '=', p.tenant_id)
      .where((eb) => eb.or([eb('user_id', '=', p.user_id), eb('email', '=', p.email)])),
)

const eventAt = query((db, p: { position: number; tenant_id: TenantId }) =>
  db.selectFrom('event').selectAll().where('position', '=', p.position).where('tenant_id', '=', p.tenant_id),
)

/** The event at this position of the sealed log, if it is of this tenant. */
export function findSealedEvent(db: Reader, tenantId: TenantId, position: number) {
  return db.first(eventAt, { position, tenant_id: tenantId })
}

const sealedPage = query((db, p: { position: number; end: number; limit: number }) =>
  db
    .selectFrom('event')
    .selectAll()
    .where('position', '>=', p.position)
    .where('position', '<', p.end)
    .orderBy('position')
    .limit(p.limit),
)

/** Events of all tenants as they are stored, from a position on. */
export function listEventRows(db: Reader, position: number, end: number, limit: number) {
  return db.list(sealedPage, { position, end, limit })
}

const firstPosition = query((db) =>
  db.selectFrom('event').select('position').where('position', 'is not', null).orderBy('position').limit(1),
)

/** The oldest position that an event still has; undefined when none has one. */
export async function findFirstPosition(db: Reader): Promise<number | undefined> {
  return (await db.first(firstPosition, {}))?.position ?? undefined
}

/** Takes sealed events away. Their hashes stay. */
export const deleteEventsBelow = write<{ position: number }>('anyNumber', 'events', (db, p) =>
  db.deleteFrom('event').where('position', '<', p.position),
)
