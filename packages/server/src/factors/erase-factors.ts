import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { deleteFactorsOfUser } from './factor.store.ts'

/** Every factor of a user, for good. */
export function eraseFactors(ctx: Context, userId: UserId): Write {
  return deleteFactorsOfUser({ user_id: userId, tenant_id: ctx.tenantId })
}
