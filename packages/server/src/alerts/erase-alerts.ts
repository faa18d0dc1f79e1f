import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { deleteAlertsOfUser } from './alert.store.ts'

/** What alerts say of a user, for good. */
export function eraseAlerts(ctx: Context, userId: UserId): Write {
  return deleteAlertsOfUser({ user_id: userId, tenant_id: ctx.tenantId })
}
