import { goesBy } from '../alerts/channels-of.ts'
import type { Context } from '../context.ts'
import { newId, type TenantId } from '../kernel/ids.ts'
import type { LogReader, SealedEvent } from '../log/log-reader.ts'
import type { Write } from '../storage/write.ts'
import { insertDelivery } from './delivery.store.ts'
import { listActiveEndpoints } from './endpoint.store.ts'
import { isWebhookType, payloadOf, wants } from './webhook-payload.ts'

interface Wanting {
  readonly id: Awaited<ReturnType<typeof listActiveEndpoints>>[number]['id']
  readonly filter: readonly string[]
  readonly since: number
}

/**
 * Writes down what is to be sent to whom, in the commit that moves the reader on: an event that is on record reaches every
 * endpoint that has asked for it, also when the process dies before anything is sent.
 */
export function webhookReader(): LogReader {
  return {
    name: 'webhooks',
    begins: 'now',
    async read(ctx, sealed) {
      const endpoints = new Map<TenantId, Promise<readonly Wanting[]>>()
      const endpointsOf = (tenantId: TenantId) => {
        const known = endpoints.get(tenantId) ?? listWanting(ctx, tenantId)
        endpoints.set(tenantId, known)
        return known
      }
      const writes: Write[] = []
      for (const event of sealed) writes.push(...deliveriesOf(ctx, event, await endpointsOf(event.tenant_id)))
      return writes
    },
  }
}

async function listWanting({ db }: Context, tenantId: TenantId): Promise<readonly Wanting[]> {
  const rows = await listActiveEndpoints(db, tenantId)
  return rows.map(({ id, events, created_at }) => ({ id, filter: JSON.parse(events) as string[], since: created_at }))
}

function deliveriesOf(ctx: Context, event: SealedEvent, endpoints: readonly Wanting[]): readonly Write[] {
  const { type } = event
  if (!isWebhookType(type)) return []
  const asking = endpoints.filter(({ filter, since }) => event.at >= since && wants(filter, type))
  if (asking.length === 0 || !goesBy('webhook', JSON.parse(event.data))) return []
  const payload = JSON.stringify(payloadOf({ ...event, type }))
  return asking.map(({ id }) =>
    insertDelivery({
      id: newId('whd', ctx),
      tenant_id: event.tenant_id,
      endpoint_id: id,
      event_id: event.id,
      event_type: type,
      user_id: event.user_id,
      position: event.position,
      payload,
      created_at: ctx.now.getTime(),
    }),
  )
}
