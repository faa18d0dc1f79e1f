import type { Policy } from '@gatehouse/contract/policy'
import type { Job } from '../jobs/job.ts'
import { dayMs, hourMs, minuteMs, secondMs } from '../kernel/durations.ts'
import { type KeyRow, listKeyRows } from './key.store.ts'
import { retireKey } from './retire-key.ts'
import { type RotatedPurpose, rotateKey } from './rotate-key.ts'
import type { WrappingKeys } from './wrapping-keys.ts'

type Ages = Pick<Policy, 'dataKeyHours' | 'dataKeyResealDays' | 'tokenRootDays' | 'accessTokenSeconds'>

/** What clocks of several nodes may differ, and more. */
const marginMs = 10 * minuteMs

/**
 * Makes a new key when the one in use is old enough. What the old data key has sealed is sealed anew weeks later, when little
 * of it is left (docs/decisions/0013); a root of tokens goes when its last token has run out.
 */
export function rotateKeysJob(wrapping: WrappingKeys, policy: Ages): Job {
  const lifeMs: Readonly<Record<RotatedPurpose, number>> = {
    data: policy.dataKeyHours * hourMs,
    token_root: policy.tokenRootDays * dayMs,
  }
  const tokenLifeMs = policy.accessTokenSeconds * secondMs + marginMs
  return {
    name: 'rotation of keys',
    everyMs: minuteMs,
    async run(ctx) {
      const now = ctx.now.getTime()
      const rows = await listKeyRows(ctx.db)
      for (const purpose of ['data', 'token_root'] as const) {
        const inUse = rows.find((row) => row.purpose === purpose && row.replaced_at === null)
        if (!inUse || now - inUse.created_at < lifeMs[purpose]) continue
        await rotateKey(ctx, wrapping, { purpose, resealAt: now + policy.dataKeyResealDays * dayMs })
      }
      const isSpent = ({ purpose, replaced_at }: KeyRow) =>
        purpose === 'token_root' && replaced_at !== null && now - replaced_at >= tokenLifeMs
      for (const row of rows.filter(isSpent)) await retireKey(ctx, row)
      return 'done'
    },
  }
}
