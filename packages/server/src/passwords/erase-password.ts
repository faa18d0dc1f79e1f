import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { deletePassword } from './password.store.ts'

/** The password of a user, for good. */
export function erasePassword(ctx: Context, userId: UserId): Write {
  return deletePassword({ user_id: userId, tenant_id: ctx.tenantId })
}
