import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { deletePastOfUser } from './past.store.ts'

/** What is remembered of the sign-ins of a user, for good. */
export function erasePast(ctx: Context, userId: UserId): Write {
  return deletePastOfUser({ user_id: userId, tenant_id: ctx.tenantId })
}
