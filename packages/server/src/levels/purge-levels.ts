import type { Policy } from '@gatehouse/contract/policy'
import { type Context, commit } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { deleteOldCounts, hasOldCounts } from './level.store.ts'
import { spansMs } from './tally.ts'

/** Longer than anybody looks at it by five minutes, and by hour. */
const keptMs = { short: 4 * dayMs, hour: 35 * dayMs }

/** Removes counts that nobody looks at any more. */
export function purgeLevels({ levelDays }: Policy) {
  return async (ctx: Context): Promise<boolean> => {
    const now = ctx.now.getTime()
    const times = [
      { span_ms: spansMs.short, before: now - keptMs.short },
      { span_ms: spansMs.hour, before: now - keptMs.hour },
      { span_ms: spansMs.day, before: now - levelDays * dayMs },
    ]
    for (const time of times) if (await hasOldCounts(ctx.db, time)) await commit(ctx, [deleteOldCounts(time)])
    return false
  }
}
