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
      await keys.refresh(ctx.now)
      return 'done'
    },
  }
}
