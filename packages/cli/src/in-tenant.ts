import { findTenantId } from '@gatehouse/server/clients/find-tenant-id'
import type { Context } from '@gatehouse/server/context'
import type { OpenParts } from '@gatehouse/server/open-parts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { Option } from 'commander'
import { withData } from './with-data.ts'

export interface TenantFlags {
  readonly tenant: string
  readonly json?: boolean
}

export function tenantOption(): Option {
  return new Option('--tenant <slug>', 'default or default-test').default('default')
}

/** Opens the data, and acts as its operator in the tenant that the flags name. */
export function inTenant(flags: TenantFlags, act: (ctx: Context, parts: OpenParts) => Promise<void>): Promise<void> {
  return withData(async (parts) => {
    const tenantId = await findTenantId(parts.storage, flags.tenant)
    if (!tenantId) throw new Error(`there is no tenant ${flags.tenant}; try default or default-test`)
    await act({ ...operatorContext(parts), tenantId }, parts)
  })
}
