import type { DeliveryId, EndpointId, TenantId } from '../kernel/ids.ts'
import { oldRows } from '../storage/old-rows.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

export type DeliveryRow = Schema['webhook_delivery']

/** The names of the writes that bring something to be sent. */
export const newDelivery = 'new webhook delivery'
export const replayedDelivery = 'webhook delivery replayed'
/** The name of the write that ends an attempt. */
export const attemptEnded = 'webhook attempt ended'

type NewDelivery = Omit<DeliveryRow, 'queued_at' | 'next_attempt_at' | 'attempts' | 'delivered_at' | 'log'>

export const insertDelivery = write<NewDelivery>('exactlyOne', newDelivery, (db, row) =>
  db.insertInto('webhook_delivery').values({
    id: row.id,
    tenant_id: row.tenant_id,
    endpoint_id: row.endpoint_id,
    event_id: row.event_id,
    event_type: row.event_type,
    user_id: row.user_id,
    position: row.position,
    payload: row.payload,
    created_at: row.created_at,
    queued_at: row.created_at,
    next_attempt_at: row.created_at,
    attempts: 0,
    delivered_at: null,
    log: '[]',
  }),
)

const dueDeliveries = query((db, p: { endpoint_id: EndpointId; now: number; limit: number }) =>
  db
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('endpoint_id', '=', p.endpoint_id)
    .where('next_attempt_at', '<=', p.now)
    .orderBy('next_attempt_at')
    .orderBy('position')
    .limit(p.limit),
)

/** What is to be sent to an endpoint now, what is due longest first, and then in the order of the events. */
export function listDueDeliveries(db: Reader, endpointId: EndpointId, now: number, limit: number) {
  return db.list(dueDeliveries, { endpoint_id: endpointId, now, limit })
}

/** Counts an attempt before it is made; nobody else tries before `until`. Fails as `delivery taken`. */
export const claimDelivery = write<{ id: DeliveryId; due: number; attempts: number; until: number }>(
  'exactlyOne',
  'delivery taken',
  (db, p) =>
    db
      .updateTable('webhook_delivery')
      .set((eb) => ({ next_attempt_at: p.until, attempts: eb('attempts', '+', 1) }))
      .where('id', '=', p.id)
      .where('attempts', '=', p.attempts)
      .where('next_attempt_at', '=', p.due),
)

/** How a claimed attempt ended. One that was replayed meanwhile is left to the replay. */
export const endAttempt = write<{
  id: DeliveryId
  claimed_until: number
  next_attempt_at: number | null
  delivered_at: number | null
  log: string
}>('anyNumber', attemptEnded, (db, p) =>
  db
    .updateTable('webhook_delivery')
    .set({ next_attempt_at: p.next_attempt_at, delivered_at: p.delivered_at, log: p.log })
    .where('id', '=', p.id)
    .where('next_attempt_at', '=', p.claimed_until),
)

/** It waited for an endpoint that was disabled for too long. */
export const expireDelivery = write<{ id: DeliveryId; due: number }>('exactlyOne', 'delivery taken', (db, p) =>
  db
    .updateTable('webhook_delivery')
    .set({ next_attempt_at: null })
    .where('id', '=', p.id)
    .where('next_attempt_at', '=', p.due),
)

const deliveryById = query((db, p: { id: string; tenant_id: TenantId }) =>
  db
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('id', '=', p.id as DeliveryId)
    .where('tenant_id', '=', p.tenant_id),
)

export function findDelivery(db: Reader, tenantId: TenantId, id: DeliveryId): Promise<DeliveryRow | undefined> {
  return db.first(deliveryById, { id, tenant_id: tenantId })
}

interface Search {
  readonly tenantId: TenantId
  readonly endpointId: EndpointId | undefined
  readonly status: 'pending' | 'delivered' | 'failed' | undefined
  /** Ids stay below it. */
  readonly before: string
  readonly limit: number
}

/** Deliveries of a tenant, newest first. */
export function searchDeliveries(db: Reader, { tenantId, endpointId, status, before, limit }: Search) {
  return db.search<DeliveryRow>((from) => {
    let found = from
      .selectFrom('webhook_delivery')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .where('id', '<', before as DeliveryId)
    if (endpointId !== undefined) found = found.where('endpoint_id', '=', endpointId)
    if (status === 'delivered') found = found.where('delivered_at', 'is not', null)
    if (status === 'pending') found = found.where('next_attempt_at', 'is not', null)
    if (status === 'failed') found = found.where('delivered_at', 'is', null).where('next_attempt_at', 'is', null)
    return found.orderBy('id', 'desc').limit(limit)
  })
}

/** From its beginning: 72 hours and all attempts. Fails as `delivery replayed` when it is gone. */
export const replayDelivery = write<{ id: DeliveryId; tenant_id: TenantId; now: number }>(
  'exactlyOne',
  replayedDelivery,
  (db, p) =>
    db
      .updateTable('webhook_delivery')
      .set({ queued_at: p.now, next_attempt_at: p.now, attempts: 0, delivered_at: null })
      .where('id', '=', p.id)
      .where('tenant_id', '=', p.tenant_id),
)

const undelivered = query(
  (db, p: { endpoint_id: EndpointId; tenant_id: TenantId; since: number; now: number; limit: number }) =>
    db
      .selectFrom('webhook_delivery')
      .select(['id', 'next_attempt_at'])
      .where('endpoint_id', '=', p.endpoint_id)
      .where('tenant_id', '=', p.tenant_id)
      .where('delivered_at', 'is', null)
      .where('created_at', '>=', p.since)
      .where((eb) => eb.or([eb('next_attempt_at', 'is', null), eb('next_attempt_at', '>', p.now)]))
      .orderBy('created_at')
      .limit(p.limit),
)

/** What was not taken and does not wait for its turn already, the oldest first. */
export function listUndelivered(
  db: Reader,
  place: {
    readonly endpoint_id: EndpointId
    readonly tenant_id: TenantId
    readonly since: number
    readonly now: number
  },
  limit: number,
) {
  return db.list(undelivered, { ...place, limit })
}

/** Those that have had their time. */
export const oldDeliveries = oldRows('webhook_delivery', 'id', 'queued_at')
