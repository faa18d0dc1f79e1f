import type { Context } from '../context.ts'
import type { Job } from '../jobs/job.ts'
import { secondMs } from '../kernel/durations.ts'
import type { EndpointId, TenantId } from '../kernel/ids.ts'
import type { World } from '../kernel/moment.ts'
import { type DeliveryTools, deliverWebhook, type Refresh } from './deliver-webhook.ts'
import { type DeliveryRow, listDueDeliveries, newDelivery, replayedDelivery } from './delivery.store.ts'
import { findEndpoint, listDueEndpoints } from './endpoint.store.ts'

interface Tools extends DeliveryTools {
  readonly world: World
  /** Tells the operator of a failure that is ours. */
  readonly report: (error: unknown) => void
}

interface Place {
  readonly id: EndpointId
  readonly tenant_id: TenantId
}

/** So many endpoints are sent to beside each other, whoever they belong to. */
const lanesAtMost = 100
/** What of one endpoint is in memory, and in how many requests at once. */
const batch = 32
const requestsAtOnce = 8

/**
 * Sends what is due. Each endpoint has a lane of its own, which goes on when the run has ended: who is slow holds up nobody
 * else. Only what is on its way is in memory, however much waits.
 */
export function deliverWebhooksJob(tools: Tools): Job {
  const lanes = new Map<EndpointId, Promise<void>>()
  const stopping = new AbortController()
  let last = ''

  function begin(ctx: Context, place: Place): void {
    const lane = runLane(tools, ctx, place, stopping.signal)
      .catch(tools.report)
      .finally(() => lanes.delete(place.id))
    lanes.set(place.id, lane)
  }

  return {
    name: 'deliver webhooks',
    everyMs: secondMs,
    restMs: 50,
    wokenBy: ({ guardName }) => guardName === newDelivery || guardName === replayedDelivery,
    async run(ctx) {
      const due = await listDueEndpoints(ctx.db, ctx.now.getTime(), 10 * lanesAtMost)
      // Those behind the last that had its turn come first.
      const turns = [...due.filter(({ id }) => id > last), ...due.filter(({ id }) => id <= last)]
      for (const place of turns) {
        if (lanes.size >= lanesAtMost || stopping.signal.aborted) break
        if (lanes.has(place.id)) continue
        begin(ctx, place)
        last = place.id
      }
      return 'done'
    },
    underWay: () => [...lanes.values()],
    letGo: () => stopping.abort(),
  }
}

async function runLane(tools: Tools, ctx: Context, { id, tenant_id }: Place, stopped: AbortSignal): Promise<void> {
  const refresh: Refresh = () => ({ ...ctx, tenantId: tenant_id, now: tools.world.now(), owed: [] })
  while (!stopped.aborted) {
    // Read anew each time: it may have been changed, disabled, or given another secret.
    const endpoint = await findEndpoint(ctx.db, tenant_id, id)
    if (!endpoint || endpoint.disabled_at !== null) return
    const due = await listDueDeliveries(ctx.db, id, refresh().now.getTime(), batch)
    if (due.length === 0) return
    const waiting = inOrderOfUsers(due)
    const sendNext = async () => {
      for (let line = waiting.shift(); line; line = waiting.shift()) {
        for (const row of line) if (!stopped.aborted) await deliverWebhook(tools, refresh, endpoint, row, stopped)
      }
    }
    await Promise.all(Array.from({ length: requestsAtOnce }, sendNext))
  }
}

/** What is about one person goes one after the other, in the order of the events; all else goes beside it. */
function inOrderOfUsers(due: readonly DeliveryRow[]): DeliveryRow[][] {
  return [...Map.groupBy(due, ({ id, user_id }) => user_id ?? id).values()]
}
