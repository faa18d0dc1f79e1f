import type { getPushDeliveries as Contract } from '@gatehouse/contract/message-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import { pushTransports } from '@gatehouse/contract/push-operations'
import type { Context } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { purgeOld } from '../purge/purge-old.ts'
import { countDeliveries, type DeliveryCounts, oldPushDeliveries } from './push-delivery.store.ts'

type Figures = Output<typeof Contract>['transports'][number]

/** As long as it can be seen what became of the messages. */
const keptMs = 30 * dayMs

/** What of all that devices were asked has reached them, by transport. */
export async function getPushDeliveries(
  ctx: Context,
  { since, until }: Parsed<typeof Contract>,
): Promise<Output<typeof Contract>> {
  const now = ctx.now.getTime()
  const period = {
    since: since === undefined ? now - keptMs : Date.parse(since),
    until: until === undefined ? now + 1 : Date.parse(until),
    now,
  }
  const counted = await countDeliveries(ctx.db, ctx.tenantId, period)
  return {
    since: new Date(period.since).toISOString(),
    until: new Date(Math.min(period.until, now)).toISOString(),
    transports: pushTransports.map((transport) =>
      figuresOf(counted.find((each) => each.transport === transport) ?? { ...nothing, transport }),
    ),
  }
}

const nothing = { asked: 0, accepted: 0, failed: 0, delivered: 0, late: 0, waiting: 0, waited_ms: 0 }

/** Nobody takes a request over from us where the device asks by itself. What still waits says nothing yet. */
function figuresOf({ transport, waited_ms, ...counts }: DeliveryCounts): Figures {
  const of = (name: keyof typeof counts) => Number(counts[name])
  const [asked, delivered, late, waiting] = [of('asked'), of('delivered'), of('late'), of('waiting')]
  const ended = asked - waiting
  return {
    transport,
    asked,
    accepted: transport === 'polling' ? null : of('accepted'),
    failed: transport === 'polling' ? null : of('failed'),
    delivered,
    late,
    missed: ended - delivered - late,
    waiting,
    delivery_rate: ended === 0 ? null : Math.round((delivered / ended) * 10_000) / 10_000,
    average_ms: delivered === 0 ? null : Math.round(Number(waited_ms) / delivered),
  }
}

/** What devices were asked long ago. */
export const purgeDeliveries = purgeOld(oldPushDeliveries, keptMs)
