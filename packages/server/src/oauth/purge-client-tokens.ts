import { type Context, commit } from '../context.ts'
import { deleteExpiredTokens, hasExpiredTokens } from './client-token.store.ts'

/** Removes a batch of client tokens that have had their time. True when there were any. */
export async function purgeClientTokens(ctx: Context): Promise<boolean> {
  const before = ctx.now.getTime()
  if (!(await hasExpiredTokens(ctx.db, before))) return false
  await commit(ctx, [deleteExpiredTokens({ before, rows: 500 })])
  return true
}
