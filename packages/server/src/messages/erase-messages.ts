import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { deleteMessagesOfUser } from './message.store.ts'

/** What went and what waits to go to a user, for good. */
export function eraseMessages(ctx: Context, userId: UserId): Write {
  return deleteMessagesOfUser({ user_id: userId, tenant_id: ctx.tenantId })
}
