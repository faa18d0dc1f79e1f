import type { Job } from '../jobs/job.ts'
import { secondMs } from '../kernel/durations.ts'
import type { RequestTimes } from './request-times.ts'

/** Each node has its own. */
export function requestTimesJob({ writeDown }: RequestTimes): Job {
  return {
    name: 'request times',
    everyMs: 10 * secondMs,
    onEveryNode: true,
    async run(ctx) {
      await writeDown(ctx)
      return 'done'
    },
  }
}
