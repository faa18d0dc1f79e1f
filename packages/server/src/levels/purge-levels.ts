import type { Policy } from '@gatehouse/contract/policy'
import { type Context, commit } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { deleteOldCounts, hasOldCounts } from './level.store.ts'
import { spansMs } from './tally.ts'

/** What is counted by five minutes: longer than any window over which somebody looks at it. */
const shortKeptMs = 4 * dayMs

/** Removes counts that nobody looks at any more. */
export function purgeLevels({ levelDays }: Policy) {
  return async (ctx: Context): Promise<boolean> => {
    const now = ctx.now.getTime()
    const times = [
      { span_ms: spansMs.short, before: now - shortKeptMs },
      { span_ms: spansMs.long, before: now - levelDays * dayMs },
    ]
    for (const time of times) if (await hasOldCounts(ctx.db, time)) await commit(ctx, [deleteOldCounts(time)])
    return false
  }
}
