import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { deleteChallengesOfUser } from './challenge.store.ts'

/** Every challenge of a user, for good. */
export function eraseChallenges(ctx: Context, userId: UserId): Write {
  return deleteChallengesOfUser({ user_id: userId, tenant_id: ctx.tenantId })
}
