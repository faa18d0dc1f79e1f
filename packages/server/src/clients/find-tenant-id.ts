import type { TenantId } from '../kernel/ids.ts'
import type { Reader } from '../storage/storage.ts'
import { findTenantRow } from './client.store.ts'

/** The tenant with this name: `default` or `default-test` on a fresh install. */
export async function findTenantId(db: Reader, slug: string): Promise<TenantId | undefined> {
  return (await findTenantRow(db, slug))?.id
}
