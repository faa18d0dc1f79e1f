import type { listAuditEvents as Contract } from '@gatehouse/contract/log-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Context } from '../context.ts'
import { readCursor, writeCursor } from '../kernel/cursor.ts'
import { filterOf } from './event-filter.ts'
import { noteReading } from './note-reading.ts'
import { type EventRow, searchEvents } from './search-events.ts'
import { showEvent } from './show-event.ts'

type Page = Output<typeof Contract>

/** A page of the record of the caller's tenant, newest first; on record itself, once an hour. */
export async function listAuditEvents(ctx: Context, input: Parsed<typeof Contract>): Promise<Page> {
  const { limit, cursor, ...question } = input
  const page = await readPage(ctx, input)
  await noteReading(ctx, 'search', question)
  return page
}

/** How many steps of a search one page may take. What is found by then is the page, and its cursor goes on from there. */
const stepsPerPage = 10

/** A page of the record. May be short, or empty, with more to come: where almost nothing fits, looking takes time. */
export async function readPage(ctx: Context, input: Parsed<typeof Contract>): Promise<Page> {
  const { limit, cursor, ...question } = input
  const filter = filterOf(ctx.tenantId, question)
  if (!filter) return { data: [], has_more: false, next_cursor: null }
  const rows: EventRow[] = []
  let rest: number | undefined
  let steps = 0
  for await (const { rows: found, before } of searchEvents(ctx.db, filter, {
    before: readCursor(cursor, question),
    wanted: limit + 1,
  })) {
    rows.push(...found)
    rest = before
    if (rows.length > limit || ++steps === stepsPerPage) break
  }
  const page = rows.slice(0, limit)
  const next = rows.length > limit ? page.at(-1)?.seq : rest
  return {
    data: page.map(showEvent),
    has_more: next !== undefined,
    next_cursor: next === undefined ? null : writeCursor(next, question),
  }
}
