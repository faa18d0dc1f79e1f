import type { Policy } from '@gatehouse/contract/policy'
import type { Job } from '../jobs/job.ts'
import { minuteMs } from '../kernel/durations.ts'
import { countGivenUp } from './count-given-up.ts'
import { countPushes } from './count-pushes.ts'
import { watchLevels } from './watch-levels.ts'

/** Counts what has come to no end, and looks whether the service does what it promises. */
export function levelsJob(policy: Policy): Job {
  return {
    name: 'levels',
    everyMs: minuteMs,
    async run(ctx) {
      const hasMore = [await countGivenUp(ctx), await countPushes(ctx)].includes(true)
      if (!hasMore) await watchLevels(ctx, policy)
      return hasMore ? 'again' : 'done'
    },
  }
}
