import type { EndpointId, TenantId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

export type EndpointRow = Schema['webhook_endpoint']

export const insertEndpoint = write<EndpointRow>('exactlyOne', 'endpoint', (db, row) =>
  db.insertInto('webhook_endpoint').values({
    id: row.id,
    tenant_id: row.tenant_id,
    url: row.url,
    description: row.description,
    events: row.events,
    secrets: row.secrets,
    created_at: row.created_at,
    disabled_at: row.disabled_at,
    disabled_reason: row.disabled_reason,
    failing_since: row.failing_since,
    version: row.version,
  }),
)

const endpointById = query((db, p: { id: string; tenant_id: TenantId }) =>
  db
    .selectFrom('webhook_endpoint')
    .selectAll()
    .where('id', '=', p.id as EndpointId)
    .where('tenant_id', '=', p.tenant_id),
)

export function findEndpoint(db: Reader, tenantId: TenantId, id: EndpointId): Promise<EndpointRow | undefined> {
  return db.first(endpointById, { id, tenant_id: tenantId })
}

const endpointsBelow = query((db, p: { tenant_id: TenantId; before: string; limit: number }) =>
  db
    .selectFrom('webhook_endpoint')
    .selectAll()
    .where('tenant_id', '=', p.tenant_id)
    .where('id', '<', p.before as EndpointId)
    .orderBy('id', 'desc')
    .limit(p.limit),
)

/** Endpoints of a tenant whose id is below `before`, newest first. */
export function listEndpointsBelow(db: Reader, tenantId: TenantId, before: string, limit: number) {
  return db.list(endpointsBelow, { tenant_id: tenantId, before, limit })
}

const activeEndpoints = query((db, p: { tenant_id: TenantId }) =>
  db
    .selectFrom('webhook_endpoint')
    .select(['id', 'events', 'created_at'])
    .where('tenant_id', '=', p.tenant_id)
    .where('disabled_at', 'is', null),
)

/** The endpoints of a tenant that events are written down for. */
export function listActiveEndpoints(db: Reader, tenantId: TenantId) {
  return db.list(activeEndpoints, { tenant_id: tenantId })
}

const dueEndpoints = query((db, p: { now: number; limit: number }) =>
  db
    .selectFrom('webhook_endpoint')
    .select(['id', 'tenant_id'])
    .where('disabled_at', 'is', null)
    // One look into the index for each endpoint, however much waits for it.
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('webhook_delivery')
          .select('webhook_delivery.id')
          .whereRef('webhook_delivery.endpoint_id', '=', 'webhook_endpoint.id')
          .where('webhook_delivery.next_attempt_at', '<=', p.now),
      ),
    )
    .orderBy('id')
    .limit(p.limit),
)

/** Endpoints of all tenants that something is to be sent to now. */
export function listDueEndpoints(db: Reader, now: number, limit: number) {
  return db.list(dueEndpoints, { now, limit })
}

/** Fails as `endpoint changed` when somebody was faster. */
export const replaceEndpoint = write<EndpointRow>('exactlyOne', 'endpoint changed', (db, p) =>
  db
    .updateTable('webhook_endpoint')
    .set((eb) => ({
      url: p.url,
      description: p.description,
      events: p.events,
      secrets: p.secrets,
      disabled_at: p.disabled_at,
      disabled_reason: p.disabled_reason,
      failing_since: p.failing_since,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', p.id)
    .where('tenant_id', '=', p.tenant_id)
    .where('version', '=', p.version),
)

export const deleteEndpoint = write<Pick<EndpointRow, 'id' | 'tenant_id' | 'version'>>(
  'exactlyOne',
  'endpoint changed',
  (db, p) =>
    db
      .deleteFrom('webhook_endpoint')
      .where('id', '=', p.id)
      .where('tenant_id', '=', p.tenant_id)
      .where('version', '=', p.version),
)

/** The first failure after a success, and nothing more. */
export const noteFailing = write<{ id: EndpointId; at: number }>('anyNumber', 'endpoint', (db, p) =>
  db
    .updateTable('webhook_endpoint')
    .set({ failing_since: p.at })
    .where('id', '=', p.id)
    .where('failing_since', 'is', null),
)

export const noteWorking = write<{ id: EndpointId }>('anyNumber', 'endpoint', (db, p) =>
  db.updateTable('webhook_endpoint').set({ failing_since: null }).where('id', '=', p.id),
)

/** Fails as `endpoint disabled` when it is already. */
export const disableEndpoint = write<{ id: EndpointId; at: number; reason: 'gone' | 'failing' }>(
  'exactlyOne',
  'endpoint disabled',
  (db, p) =>
    db
      .updateTable('webhook_endpoint')
      .set((eb) => ({ disabled_at: p.at, disabled_reason: p.reason, version: eb('version', '+', 1) }))
      .where('id', '=', p.id)
      .where('disabled_at', 'is', null),
)
