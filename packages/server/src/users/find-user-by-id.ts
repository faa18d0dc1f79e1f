import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import { findUser, type UserRow } from './user.store.ts'

/** The user, if there still is one: for readers of the record, which outlives people. */
export function findUserById(ctx: Context, id: UserId): Promise<UserRow | undefined> {
  return findUser(ctx.db, ctx.tenantId, id)
}
