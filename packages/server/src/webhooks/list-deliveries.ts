import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { DeliveryAttempt, WebhookDelivery, WebhookEvent } from '@gatehouse/contract/webhook-events'
import type { getWebhookDelivery as Get, listWebhookDeliveries as List } from '@gatehouse/contract/webhook-operations'
import type { Context } from '../context.ts'
import { pageOf, readIdCursor, writeIdCursor } from '../kernel/cursor.ts'
import { Fault } from '../kernel/fault.ts'
import type { DeliveryId } from '../kernel/ids.ts'
import { type DeliveryRow, findDelivery, searchDeliveries } from './delivery.store.ts'
import { timeOrNull } from './show-endpoint.ts'

/** A page of the deliveries of the caller's tenant, newest first. */
export async function listDeliveries(ctx: Context, input: Parsed<typeof List>): Promise<Output<typeof List>> {
  const { limit, cursor, endpoint_id: endpointId, status } = input
  const filter = ['webhook deliveries', endpointId, status]
  const before = readIdCursor(cursor, filter, 'whd')
  const search = { tenantId: ctx.tenantId, endpointId, status, before, limit: limit + 1 }
  const rows = await searchDeliveries(ctx.db, search)
  return pageOf(rows, limit, { show: showDelivery, mark: (last) => writeIdCursor(last.id, filter) })
}

/** What was sent, and what came back. */
export async function getDelivery(ctx: Context, { id }: Parsed<typeof Get>): Promise<Output<typeof Get>> {
  const row = await getDeliveryRow(ctx, id)
  return { ...showDelivery(row), payload: JSON.parse(row.payload) as WebhookEvent }
}

/** @throws Fault `not_found`, also for deliveries of other tenants */
export async function getDeliveryRow(ctx: Context, id: DeliveryId): Promise<DeliveryRow> {
  const row = await findDelivery(ctx.db, ctx.tenantId, id)
  if (!row) throw new Fault('not_found')
  return row
}

/** The delivery, as the API shows it. */
export function showDelivery(row: DeliveryRow): WebhookDelivery {
  return {
    id: row.id,
    endpoint_id: row.endpoint_id,
    event_id: row.event_id,
    event_type: row.event_type,
    status: row.delivered_at !== null ? 'delivered' : row.next_attempt_at !== null ? 'pending' : 'failed',
    created_at: new Date(row.created_at).toISOString(),
    next_attempt_at: timeOrNull(row.next_attempt_at),
    attempts: JSON.parse(row.log) as DeliveryAttempt[],
  }
}
