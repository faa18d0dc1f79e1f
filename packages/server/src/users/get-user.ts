import type { User } from '@gatehouse/contract/resources'
import type { Context } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { showUser } from './show-user.ts'
import { findUser, holdUser, raiseFactorsVersion, type UserRow } from './user.store.ts'

export type { UserRow }

/**
 * The user, as stored.
 * @throws Fault `not_found`, also for users of other tenants
 */
export async function getUserRow(ctx: Context, id: UserId): Promise<UserRow> {
  const user = await findUser(ctx.db, ctx.tenantId, id)
  if (!user) throw new Fault('not_found')
  return user
}

/** The user, as the API shows them. */
export async function getUser(ctx: Context, input: { readonly id: UserId }): Promise<User> {
  return showUser(await getUserRow(ctx, input.id))
}

/**
 * Stands in the commit of what a user opens, so that nobody comes in while they are disabled or given a new password, or
 * by the factors that they had a moment ago. Fails as `user changed`: read again.
 */
export function userAsRead({ id, tenant_id, version, factors_version }: UserRow): Write {
  return holdUser({ id, tenant_id, version, factors_version })
}

/**
 * Stands first in every commit that changes which proven factors a user has, so that of two such changes the later one
 * is decided by what the earlier one left. Read the user before the factors. Fails as `factors changed`: read again.
 */
export function factorsAsRead({ id, tenant_id, factors_version }: UserRow): Write {
  return raiseFactorsVersion({ id, tenant_id, factors_version })
}
