import { commit, update } from '../context.ts'
import { dayMs, minuteMs, secondMs } from '../kernel/durations.ts'
import { record } from '../log/record.ts'
import type { Job } from './job.ts'

/** What clocks of several nodes may differ, and what correcting one may take back. */
const backMs = minuteMs
/** No server rests that long unless somebody means it to. */
const aheadMs = 30 * dayMs
const keptMs = 3650 * dayMs

/**
 * Says on record when the machine's clock has jumped, at a start or between: locks, sessions and retention all end by it,
 * and whoever asks later why they ended at once finds the answer.
 */
export function clockJob(): Job {
  return {
    name: 'clock',
    everyMs: minuteMs,
    async run(ctx) {
      const now = ctx.now.getTime()
      const seen = await update(ctx, 'clock', keptMs, (kept) => ({ kept: String(now), result: kept }))
      const jump = seen === undefined ? 0 : now - Number(seen)
      if (jump < -backMs || jump > aheadMs) {
        const data = { from: new Date(Number(seen)).toISOString(), seconds: Math.round(jump / secondMs) }
        await commit(ctx, [record(ctx, { type: 'clock.jumped', data })])
      }
      return 'done'
    },
  }
}
