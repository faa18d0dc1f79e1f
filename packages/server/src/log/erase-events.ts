import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { erasePersonalFields } from './event.store.ts'

/** What is personal in the events of a user, for good: the commitments stay, and with them every proof. */
export function eraseEvents(ctx: Context, userId: UserId): Write {
  return erasePersonalFields({ user_id: userId, tenant_id: ctx.tenantId })
}
