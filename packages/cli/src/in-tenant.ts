import { findTenantId } from '@gatehouse/server/clients/find-tenant-id'
import type { Context } from '@gatehouse/server/context'
import type { OpenParts } from '@gatehouse/server/open-parts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { type Command, Option } from 'commander'
import { withData } from './with-data.ts'

/** What every command that works in one tenant is given. */
export interface TenantFlags {
  readonly tenant: string
  readonly json?: boolean
}

export function tenantOption(): Option {
  return new Option('--tenant <slug>', 'default or default-test').default('default')
}

/** A command that works in one tenant. */
export function forTenant(command: Command): Command {
  return command.addOption(tenantOption()).option('--json', 'print one JSON object')
}

/** Opens the data, and acts as its operator in the tenant that the flags name. */
export function inTenant(flags: TenantFlags, act: (ctx: Context, parts: OpenParts) => Promise<void>): Promise<void> {
  return withData(async (parts) => {
    const tenantId = await findTenantId(parts.storage, flags.tenant)
    if (!tenantId) throw new Error(`there is no tenant ${flags.tenant}; try default or default-test`)
    await act({ ...operatorContext(parts), tenantId }, parts)
  })
}
