import { type Context, commit } from '../context.ts'
import { deleteExpiredQuestions, hasExpiredQuestions } from './question.store.ts'

/** Removes a batch of questions that nobody can answer any more. True when there were any. */
export async function purgeQuestions(ctx: Context): Promise<boolean> {
  const before = ctx.now.getTime()
  if (!(await hasExpiredQuestions(ctx.db, before))) return false
  await commit(ctx, [deleteExpiredQuestions({ before, rows: 500 })])
  return true
}
