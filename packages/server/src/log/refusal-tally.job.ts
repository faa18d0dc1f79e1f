import type { Job } from '../jobs/job.ts'
import { minuteMs } from '../kernel/durations.ts'
import type { RefusalTally } from './refusal-tally.ts'

/** Each node has its own. */
export function refusalTallyJob({ writeDown }: RefusalTally): Job {
  return {
    name: 'refusal tally',
    everyMs: minuteMs,
    onEveryNode: true,
    async run(ctx) {
      await writeDown(ctx)
      return 'done'
    },
  }
}
