import { findTenantId } from '@gatehouse/server/clients/find-tenant-id'
import type { Context } from '@gatehouse/server/context'
import type { OpenParts } from '@gatehouse/server/open-parts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { findUserByAddress } from '@gatehouse/server/users/find-user-by-address'
import { findUserById } from '@gatehouse/server/users/find-user-by-id'
import type { UserRow } from '@gatehouse/server/users/get-user'
import type { Command } from 'commander'
import { withData } from './with-data.ts'

/** What every command that works in one tenant is given. */
export interface TenantFlags {
  readonly tenant: string
  readonly json?: boolean
}

export function inTenant(command: Command): Command {
  return command
    .option('--tenant <slug>', 'default or default-test', 'default')
    .option('--json', 'print one JSON object')
}

/** Opens the data and acts as the operator in a tenant of it. */
export function withTenant(flags: TenantFlags, act: (ctx: Context, parts: OpenParts) => Promise<void>): Promise<void> {
  return withData(async (parts) => {
    const tenantId = await findTenantId(parts.storage, flags.tenant)
    if (!tenantId) throw new Error(`there is no tenant ${flags.tenant}; try default or default-test`)
    await act({ ...operatorContext(parts), tenantId }, parts)
  })
}

/** The user with this address, in any spelling, or this id. */
export async function findUser(ctx: Context, { tenant }: TenantFlags, name: string): Promise<UserRow> {
  const isId = /^usr_[0-9a-hjkmnp-tv-z]{26}$/.test(name)
  const user = await (isId ? findUserById(ctx, name as `usr_${string}`) : findUserByAddress(ctx, name))
  if (!user) throw new Error(`there is no user with this ${isId ? 'id' : 'address'} in ${tenant}`)
  return user
}
