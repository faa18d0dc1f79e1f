import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { deleteUserRows, type UserTable } from './user-rows.store.ts'

/** For a user who is erased: all that they have in this table, for good. */
export function eraseOfUser(table: UserTable) {
  const erase = deleteUserRows(table)
  return (ctx: Context, userId: UserId): Write => erase({ user_id: userId, tenant_id: ctx.tenantId })
}
