import type { Context } from '../context.ts'
import { hourMs } from '../kernel/durations.ts'
import type { Job } from './job.ts'

/** Removes one batch of rows that nobody needs any more. True when there may be more. */
export type Purge = (ctx: Context) => Promise<boolean>

/** Clears away what has had its time, a batch of each kind in a run. */
export function purgeJob(purges: readonly Purge[]): Job {
  return {
    name: 'purge',
    everyMs: hourMs,
    async run(ctx) {
      let more = false
      for (const purge of purges) more = (await purge(ctx)) || more
      return more ? 'again' : 'done'
    },
  }
}
