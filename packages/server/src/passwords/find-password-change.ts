import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import { findPassword } from './password.store.ts'

/** When the password of a user was chosen; undefined for who has none. */
export async function findPasswordChange(ctx: Context, userId: UserId): Promise<number | undefined> {
  return (await findPassword(ctx.db, ctx.tenantId, userId))?.changed_at
}
