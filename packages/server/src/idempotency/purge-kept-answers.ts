import { type Context, commit } from '../context.ts'
import { deleteExpiredKept, hasExpiredKept } from './kept-answer.store.ts'

/** Removes a batch of answers that nobody may ask for any more. True when there were any. */
export async function purgeKeptAnswers(ctx: Context): Promise<boolean> {
  const before = ctx.now.getTime()
  if (!(await hasExpiredKept(ctx.db, before))) return false
  await commit(ctx, [deleteExpiredKept({ before, rows: 500 })])
  return true
}
