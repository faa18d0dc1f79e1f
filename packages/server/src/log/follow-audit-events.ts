import type { followAuditEvents as Contract } from '@gatehouse/contract/audit-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Context } from '../context.ts'
import { listSealed } from './cursor.store.ts'
import { type FeedTools, followLog } from './follow-log.ts'
import { isSealed } from './log-reader.ts'
import { noteReading } from './note-reading.ts'
import { findNewestSeal } from './seal.store.ts'
import { showEvent } from './show-event.ts'

type Input = Parsed<typeof Contract>
type Page = Output<typeof Contract>

/** How many events of the log, of all tenants, one look takes. */
const eventsPerLook = 500

/** The sealed events of the caller's tenant from a position on, the oldest first; without one, only where the log ends. */
export async function pollAuditEvents(ctx: Context, input: Input): Promise<Page> {
  const page = await readOn(ctx, await beginOf(ctx, input))
  await noteReading(ctx, 'feed', {})
  return page
}

/** The place where the log ends, or the one that is named. */
export async function beginOf({ db }: Pick<Context, 'db'>, { position }: Pick<Input, 'position'>): Promise<number> {
  return position === undefined ? ((await findNewestSeal(db))?.size ?? 0) : Number(position)
}

/** What is sealed from a place on. */
export async function readOn({ db, tenantId }: Pick<Context, 'db' | 'tenantId'>, from: number): Promise<Page> {
  const rows = (await listSealed(db, from, eventsPerLook)).filter(isSealed)
  return {
    data: rows.filter((row) => row.tenant_id === tenantId).map(showEvent),
    position: String((rows.at(-1)?.position ?? from - 1) + 1),
    has_more: rows.length === eventsPerLook,
  }
}

/** The same without an end: what was since the position, then what happens, within half a second of its seal. */
export function followAuditEvents(tools: FeedTools) {
  return followLog<Page>(tools, {
    scope: 'audit:read',
    begin: async (ctx) => noteReading(ctx, 'feed', {}),
    findPlace: beginOf,
    readOn,
  })
}
