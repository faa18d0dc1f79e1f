import { type Context, commit } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { deleteExpiredResetTokens, deleteResetTokensOfUser, hasExpiredResetTokens } from './reset-token.store.ts'

/** Removes a batch of links that are over. True when there were any. */
export async function purgeResets(ctx: Context): Promise<boolean> {
  const before = ctx.now.getTime()
  if (!(await hasExpiredResetTokens(ctx.db, before))) return false
  await commit(ctx, [deleteExpiredResetTokens({ before, rows: 500 })])
  return true
}

/** For a user who is erased. */
export function eraseResets(ctx: Context, userId: UserId): Write {
  return deleteResetTokensOfUser({ user_id: userId, tenant_id: ctx.tenantId })
}
