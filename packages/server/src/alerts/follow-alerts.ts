import type { followAlerts as Contract } from '@gatehouse/contract/alert-operations'
import type { EventType } from '@gatehouse/contract/events'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Context } from '../context.ts'
import type { Id } from '../kernel/ids.ts'
import { beginOf, readOn } from '../log/follow-audit-events.ts'
import { type FeedTools, followLog } from '../log/follow-log.ts'
import { findAlert } from './alert.store.ts'
import { goesBy } from './channels-of.ts'
import { showAlert } from './show-alert.ts'

type Page = Output<typeof Contract>

/** What happens to alerts. */
const alertEvents: ReadonlySet<string> = new Set<EventType>([
  'alert.raised',
  'alert.acknowledged',
  'alert.resolved',
  'alert.expected',
])

/** The alerts that something has happened to from a position of the log on, as they are now; without one, only where it ends. */
export async function pollAlerts(ctx: Context, input: Parsed<typeof Contract>): Promise<Page> {
  return readAlertsOn(ctx, await beginOf(ctx, input))
}

/** The same without an end. */
export function followAlerts(tools: FeedTools) {
  return followLog<Page>(tools, { scope: 'alerts:read', findPlace: beginOf, readOn: readAlertsOn })
}

async function readAlertsOn(ctx: Context, from: number): Promise<Page> {
  const { data: events, ...place } = await readOn(ctx, from)
  const told = events.filter(({ type, data }) => alertEvents.has(type) && goesBy('feed', data))
  const ids = [...new Set(told.map(({ data }) => String(data['alert_id'])))] as Id<'alr'>[]
  const rows = await Promise.all(ids.map((id) => findAlert(ctx.db, ctx.tenantId, id)))
  // One of somebody who was erased since is gone.
  return { ...place, data: rows.filter((row) => row !== undefined).map(showAlert) }
}
