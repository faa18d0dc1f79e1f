import { type Context, commit } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { deleteExpiredFactors, hasExpiredFactors } from './factor.store.ts'

/** Removes a batch of factors whose first code has not come for more than a day. True when there were any. */
export async function purgeFactors(ctx: Context): Promise<boolean> {
  const before = ctx.now.getTime() - dayMs
  if (!(await hasExpiredFactors(ctx.db, before))) return false
  await commit(ctx, [deleteExpiredFactors({ before, rows: 500 })])
  return true
}
