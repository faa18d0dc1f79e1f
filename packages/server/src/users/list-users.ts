import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { listUsers as Contract } from '@gatehouse/contract/user-operations'
import type { Context } from '../context.ts'
import { pageOf, readCursor, writeCursor } from '../kernel/cursor.ts'
import { emailKey } from './email.ts'
import { showUser } from './show-user.ts'
import { findUserByEmail, findUserByExternalId, listUserRows } from './user.store.ts'

/** A page of the users of the caller's tenant, newest first; with `email` or `external_id`, the one who has it. */
export async function listUsers(ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> {
  const { limit, cursor, email, external_id } = input
  if (email !== undefined || external_id !== undefined) {
    const found = await Promise.all([
      email !== undefined && findUserByEmail(ctx.db, ctx.tenantId, emailKey(email)),
      external_id !== undefined && findUserByExternalId(ctx.db, ctx.tenantId, external_id),
    ])
    // Asked for both, it is one user who has both.
    const [user, other] = found.filter((each) => each !== false)
    const isOne = found.includes(false) || user?.id === other?.id
    return { data: user && isOne ? [showUser(user)] : [], has_more: false, next_cursor: null }
  }
  const rows = await listUserRows(ctx.db, ctx.tenantId, readCursor(cursor, 'users'), limit + 1)
  return pageOf(rows, limit, { show: showUser, mark: (last) => writeCursor(last.number, 'users') })
}
