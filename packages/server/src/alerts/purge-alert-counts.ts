import { type Context, commit } from '../context.ts'
import { deletePastCounts, hasPastCounts } from './alert.store.ts'

/** Removes what was counted and did not become an alert. */
export async function purgeAlertCounts(ctx: Context): Promise<boolean> {
  const before = ctx.now.getTime()
  if (!(await hasPastCounts(ctx.db, before))) return false
  await commit(ctx, [deletePastCounts({ before })])
  return false
}
