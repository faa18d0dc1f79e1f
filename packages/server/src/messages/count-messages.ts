import type { listMessageCounts as Contract } from '@gatehouse/contract/message-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Context } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { listMessageCounts as countRows } from './message.store.ts'

const keptMs = 30 * dayMs

/** What went out, by way and kind: what a flood has cost can be seen while it lasts. */
export async function listMessageCounts(
  ctx: Context,
  given: Parsed<typeof Contract>,
): Promise<Output<typeof Contract>> {
  const now = ctx.now.getTime()
  const since = given.since === undefined ? now - keptMs : Date.parse(given.since)
  const until = given.until === undefined ? now + 1 : Date.parse(given.until)
  const rows = await countRows(ctx.db, ctx.tenantId, { since, until })
  return {
    since: new Date(since).toISOString(),
    until: new Date(Math.min(until, now)).toISOString(),
    data: rows.map(({ channel, kind, ...counts }) => {
      const [made, sent, failed] = [Number(counts.made), Number(counts.sent), Number(counts.failed)]
      return { channel, kind, made, sent, failed, waiting: made - sent - failed }
    }),
  }
}
