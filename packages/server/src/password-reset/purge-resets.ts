import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import { purgeOld } from '../purge/purge-old.ts'
import type { Write } from '../storage/write.ts'
import { deleteResetTokensOfUser, oldResetTokens } from './reset-token.store.ts'

/** Links that are over. */
export const purgeResets = purgeOld(oldResetTokens)

/** For a user who is erased. */
export function eraseResets(ctx: Context, userId: UserId): Write {
  return deleteResetTokensOfUser({ user_id: userId, tenant_id: ctx.tenantId })
}
