import type { TenantId } from '../kernel/ids.ts'
import { systemTenantId } from '../kernel/tenants.ts'
import type { Reader } from '../storage/storage.ts'
import { findTenantRow } from './client.store.ts'

/** The tenant of applications with this name: `default` or `default-test` on a fresh install. */
export async function findTenantId(db: Reader, slug: string): Promise<TenantId | undefined> {
  const tenant = await findTenant(db, slug)
  return tenant?.id === systemTenantId ? undefined : tenant?.id
}

/** The tenant with this name, that of the administrators among them. */
export async function findTenant(
  db: Reader,
  slug: string,
): Promise<{ readonly id: TenantId; readonly isTest: boolean } | undefined> {
  const row = await findTenantRow(db, slug)
  return row && { id: row.id, isTest: row.mode === 'test' }
}
