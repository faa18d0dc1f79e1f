import { events } from '@gatehouse/contract/events'
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
  }),
)

/** What a search of the record may ask for. Times in epoch milliseconds, `since` included, `until` not. */
export interface EventFilter {
  readonly user_id?: string | undefined
  readonly email?: string | undefined
  readonly ip_address?: string | undefined
  readonly client_system?: string | undefined
  readonly session_id?: string | undefined
  readonly request_id?: string | undefined
  readonly action?: string | undefined
  readonly outcome?: string | undefined
  readonly sinceMs?: number | undefined
  readonly untilMs?: number | undefined
}

const equalColumns = ['user_id', 'email', 'ip_address', 'client_system', 'session_id', 'request_id'] as const

/** Events of a tenant below `before`, newest first. */
export function searchEvents(db: Reader, tenantId: TenantId, filter: EventFilter, before: number, limit: number) {
  const types = Object.entries(events).flatMap(([type, kind]) =>
    (filter.action === undefined || kind.action === filter.action) &&
    (filter.outcome === undefined || kind.outcome === filter.outcome)
      ? [type]
      : [],
  )
  if (types.length === 0) return Promise.resolve([])
  return db.search((from) => {
    let found = from.selectFrom('event').selectAll().where('tenant_id', '=', tenantId).where('seq', '<', before)
    for (const column of equalColumns) {
      const wanted = filter[column]
      if (wanted !== undefined) found = found.where(column, '=', wanted)
    }
    if (filter.action !== undefined || filter.outcome !== undefined) found = found.where('type', 'in', types)
    if (filter.sinceMs !== undefined) found = found.where('at', '>=', filter.sinceMs)
    if (filter.untilMs !== undefined) found = found.where('at', '<', filter.untilMs)
    return found.orderBy('seq', 'desc').limit(limit)
  })
}

/** Without the salt nobody can find out by trying what a commitment is to. */
export const erasePersonalFields = write<{ user_id: UserId; tenant_id: TenantId; email: string | null }>(
  'anyNumber',
  'events',
  (db, p) =>
    db
      .updateTable('event')
      .set({ salt: null, email: null, ip_address: null, user_agent: null, geo_location: null })
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
