import type { Output, Parsed } from '@gatehouse/contract/operation'
import { sampleType, type WebhookDelivery, type WebhookEvent } from '@gatehouse/contract/webhook-events'
import type {
  replayWebhookEndpoint as ReplayAll,
  replayWebhookDelivery as ReplayOne,
  testWebhookEndpoint as Test,
} from '@gatehouse/contract/webhook-operations'
import { type Context, commit } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import { type DeliveryId, type EndpointId, newId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { insertDelivery, listUndelivered, replayDelivery } from './delivery.store.ts'
import { getDeliveryRow, showDelivery } from './list-deliveries.ts'
import { getEndpointRow } from './show-endpoint.ts'

const replayedAtOnce = 1000

/** Once more from the beginning, with the same webhook-id: who has taken it already can tell. */
export async function replayOne(ctx: Context, { id }: Parsed<typeof ReplayOne>): Promise<WebhookDelivery> {
  const row = await getDeliveryRow(ctx, id)
  await demandActive(ctx, row.endpoint_id)
  const committed = await commit(ctx, [
    replayDelivery({ id, tenant_id: ctx.tenantId, now: ctx.now.getTime() }),
    record(ctx, {
      type: 'webhook_endpoint.replayed',
      data: { endpoint_id: row.endpoint_id, delivery_id: id, count: 1 },
    }),
  ])
  if (!committed.done) throw new Fault('version_conflict')
  return showDelivery(await getDeliveryRow(ctx, id))
}

/** All that was not taken: what was given up, and what waits for its next attempt. */
export async function replayFailed(ctx: Context, input: Parsed<typeof ReplayAll>): Promise<Output<typeof ReplayAll>> {
  const { id, since } = input
  await demandActive(ctx, id)
  const now = ctx.now.getTime()
  const place = { endpoint_id: id, tenant_id: ctx.tenantId, since: Date.parse(since), now }
  const rows = await listUndelivered(ctx.db, place, replayedAtOnce + 1)
  const replayed = rows.slice(0, replayedAtOnce)
  const committed = await commit(ctx, [
    ...replayed.map((row) => replayDelivery({ id: row.id, tenant_id: ctx.tenantId, now })),
    record(ctx, { type: 'webhook_endpoint.replayed', data: { endpoint_id: id, count: replayed.length } }),
  ])
  // One of them was cleared away meanwhile; the next call finds the others.
  if (!committed.done) return { replayed: 0, has_more: true }
  return { replayed: replayed.length, has_more: rows.length > replayedAtOnce }
}

/** A sample, to see whether it arrives. */
export async function sendSample(
  ctx: Context,
  { id, type = sampleType }: Parsed<typeof Test>,
): Promise<WebhookDelivery> {
  await demandActive(ctx, id)
  const deliveryId = newId('whd', ctx)
  const payload = sampleOf(ctx, deliveryId, type)
  await commit(ctx, [
    insertDelivery({
      id: deliveryId,
      tenant_id: ctx.tenantId,
      endpoint_id: id,
      event_id: payload.id,
      event_type: type,
      user_id: null,
      position: 0,
      payload: JSON.stringify(payload),
      created_at: ctx.now.getTime(),
    }),
    record(ctx, { type: 'webhook_endpoint.tested', data: { endpoint_id: id, type } }),
  ])
  return showDelivery(await getDeliveryRow(ctx, deliveryId))
}

/** An event that has not happened. Its id says so: `evt_` is for those of the record. */
export function sampleOf({ now }: Pick<Context, 'now'>, deliveryId: DeliveryId, type: string): WebhookEvent {
  return {
    id: `test_${deliveryId.slice('whd_'.length)}`,
    type,
    timestamp: now.toISOString(),
    data: { user_id: `usr_${'0'.repeat(26)}`, sample: true },
  }
}

async function demandActive(ctx: Context, id: EndpointId): Promise<void> {
  const endpoint = await getEndpointRow(ctx, id)
  if (endpoint.disabled_at !== null) throw new Fault('webhook_endpoint_off')
}
