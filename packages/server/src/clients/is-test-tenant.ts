import type { TenantId } from '../kernel/ids.ts'
import type { Reader } from '../storage/storage.ts'
import { getTenantMode } from './client.store.ts'

/** Whether a tenant is for tests: nothing of it leaves the house. */
export async function isTestTenant(db: Reader, id: TenantId): Promise<boolean> {
  return (await getTenantMode(db, id)) === 'test'
}
