import type { Context } from '@gatehouse/server/context'
import { findUserByAddress } from '@gatehouse/server/users/find-user-by-address'
import { findUserById } from '@gatehouse/server/users/find-user-by-id'
import type { UserRow } from '@gatehouse/server/users/get-user'
import type { TenantFlags } from './in-tenant.ts'

/** The user with this address, in any spelling, or this id. */
export async function findUser(ctx: Context, { tenant }: TenantFlags, name: string): Promise<UserRow> {
  const isId = /^usr_[0-9a-hjkmnp-tv-z]{26}$/.test(name)
  const user = await (isId ? findUserById(ctx, name as `usr_${string}`) : findUserByAddress(ctx, name))
  if (!user) throw new Error(`there is no user with this ${isId ? 'id' : 'address'} in ${tenant}`)
  return user
}
