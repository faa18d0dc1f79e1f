import type { TenantId } from '../kernel/ids.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

const policyOfTenant = query((db, p: { id: TenantId }) =>
  db.selectFrom('tenant').select('policy').where('id', '=', p.id),
)

/** What the tenant sets apart from the defaults, as JSON. */
export async function findPolicyText(db: Reader, id: TenantId): Promise<string | undefined> {
  return (await db.first(policyOfTenant, { id }))?.policy
}

/** Fails as `policy changed` when it is not as it was seen. */
export const replacePolicyText = write<{ id: TenantId; seen: string; policy: string }>(
  'exactlyOne',
  'policy changed',
  (db, p) => db.updateTable('tenant').set({ policy: p.policy }).where('id', '=', p.id).where('policy', '=', p.seen),
)
