import type { Context } from '../context.ts'
import { emailKey } from './email.ts'
import { findUserByEmail, type UserRow } from './user.store.ts'

/** The user with this e-mail address, in any of its spellings. */
export function findUserByAddress(ctx: Context, email: string): Promise<UserRow | undefined> {
  return findUserByEmail(ctx.db, ctx.tenantId, emailKey(email))
}
