import { TenantRules } from '@gatehouse/contract/policy-operations'
import type { Context } from '../context.ts'
import type { TenantId } from '../kernel/ids.ts'
import { leases } from '../kernel/leases.ts'
import type { Reader } from '../storage/storage.ts'
import { findPolicyText } from './tenant.store.ts'

/** What tenants demand of their users, in memory, never more than half a second behind the database. */
export interface Rules {
  of(ctx: Pick<Context, 'tenantId' | 'now'>): Promise<TenantRules>
  forget(tenantId: TenantId): void
}

export function openRules(db: Reader): Rules {
  const known = leases(async (id) => readRules((await findPolicyText(db, id as TenantId)) ?? '{}'), {
    forMs: 500,
    size: 10_000,
  })
  return {
    async of({ tenantId, now }) {
      const rules = await known.find(tenantId, now)
      if (!rules) throw new Error(`the tenant ${tenantId} of a caller is gone`)
      return rules
    },
    forget: known.forget,
  }
}

/** The rules of a tenant from the JSON of its row, with the defaults for what it does not set. */
export function readRules(text: string): TenantRules {
  return TenantRules.parse(JSON.parse(text))
}
