import { type Context, commit } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { deleteExpiredTexts, hasExpiredTexts } from './ledger.store.ts'

/** Removes a batch of what the counters have forgotten since a day. True when there were any. */
export async function purgeTexts(ctx: Context): Promise<boolean> {
  const before = ctx.now.getTime() - dayMs
  if (!(await hasExpiredTexts(ctx.db, before))) return false
  await commit(ctx, [deleteExpiredTexts({ before, rows: 500 })])
  return true
}
