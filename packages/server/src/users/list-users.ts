import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { listUsers as Contract } from '@gatehouse/contract/operations'
import type { Context } from '../context.ts'
import { readCursor, writeCursor } from '../kernel/cursor.ts'
import { emailKey } from './email.ts'
import { showUser } from './show-user.ts'
import { findUserByEmail, listUserRows } from './user.store.ts'

/** A page of the users of the caller's tenant, newest first; with `email`, the one who has it. */
export async function listUsers(ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> {
  const { limit, cursor, email } = input
  if (email !== undefined) {
    const user = await findUserByEmail(ctx.db, ctx.tenantId, emailKey(email))
    return { data: user ? [showUser(user)] : [], has_more: false, next_cursor: null }
  }
  const rows = await listUserRows(ctx.db, ctx.tenantId, readCursor(cursor, 'users'), limit + 1)
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const hasMore = rows.length > limit
  return {
    data: page.map(showUser),
    has_more: hasMore,
    next_cursor: hasMore && last ? writeCursor(last.number, 'users') : null,
  }
}
