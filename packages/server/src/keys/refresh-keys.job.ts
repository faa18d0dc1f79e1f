import type { Job } from '../jobs/job.ts'
import { secondMs } from '../kernel/durations.ts'
import type { Keyring } from './keyring.ts'

/** Each node learns of keys that another one, or the operator, has made or removed. */
export function refreshKeysJob(keys: Keyring): Job {
  return {
    name: 'keys',
    everyMs: secondMs,
    onEveryNode: true,
    async run(ctx) {
      try {
        await keys.refresh(ctx.now)
      } catch {
        // The database is away, which others say. It is asked again in a second, and not later and later: a node that does not
        // know a new key in time cannot open what is sealed by it.
      }
      return 'done'
    },
  }
}
