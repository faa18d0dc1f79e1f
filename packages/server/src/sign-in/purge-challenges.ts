import { type Context, commit } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { deleteExpiredChallenges, hasExpiredChallenges } from './challenge.store.ts'

/** Removes a batch of challenges that expired more than a day ago. True when there were any. */
export async function purgeChallenges(ctx: Context): Promise<boolean> {
  const before = ctx.now.getTime() - dayMs
  if (!(await hasExpiredChallenges(ctx.db, before))) return false
  await commit(ctx, [deleteExpiredChallenges({ before, rows: 500 })])
  return true
}
