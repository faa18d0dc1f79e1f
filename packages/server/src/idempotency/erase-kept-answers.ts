import type { TenantId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { deleteKeptOfTenant } from './kept-answer.store.ts'

/** The keys of all clients of a tenant, as a write: for one that is emptied. */
export function eraseKeptAnswers(tenantId: TenantId): Write {
  return deleteKeptOfTenant({ tenantId })
}
