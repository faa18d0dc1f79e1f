import type { exportAuditEvents as Contract } from '@gatehouse/contract/audit-operations'
import type { Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { Context } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { Reader } from '../storage/storage.ts'
import { type EventFilter, filterOf } from './event-filter.ts'
import { type EventFormat, eventFormats } from './formats/event-format.ts'
import { recordReading } from './note-reading.ts'
import { searchEvents } from './search-events.ts'
import { showEvent } from './show-event.ts'

/** Few enough that nobody waits for one part to be made. */
const eventsPerPart = 200

/** What a search finds, from the newest, in parts that are made when they are taken. */
export async function* writeEvents(
  db: Reader,
  filter: EventFilter | undefined,
  { format, limit = Number.POSITIVE_INFINITY }: { readonly format: EventFormat; readonly limit?: number },
): AsyncGenerator<string> {
  if (format.head !== '') yield format.head
  if (!filter) return
  const wanted = Math.min(eventsPerPart, limit)
  let left = limit
  for await (const { rows } of searchEvents(db, filter, { before: Number.MAX_SAFE_INTEGER, wanted })) {
    const part = rows.slice(0, left)
    left -= part.length
    if (part.length > 0) yield part.map((row) => format.line(showEvent(row))).join('')
    if (left <= 0) return
  }
}

/** The record of the caller's tenant, or what of it a search finds, as a stream. */
export function exportAuditEvents({ auditExports }: Policy) {
  let underWay = 0

  async function* counted(parts: AsyncGenerator<string>): AsyncGenerator<string> {
    underWay++
    try {
      yield* parts
    } finally {
      underWay--
    }
  }

  return async (ctx: Context, { format, ...question }: Parsed<typeof Contract>) => {
    if (underWay >= auditExports) {
      throw new Fault('overloaded', { detail: 'Too many exports are under way.', retryAfterSeconds: 30 })
    }
    await recordReading(ctx, 'export', question)
    const form = eventFormats[format]
    const parts = counted(writeEvents(ctx.db, filterOf(ctx.tenantId, question), { format: form }))
    return { mediaType: form.mediaType, fileName: `audit-events.${form.extension}`, parts }
  }
}
