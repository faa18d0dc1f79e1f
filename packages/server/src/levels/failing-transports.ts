import { secondMs } from '../kernel/durations.ts'
import type { TenantId } from '../kernel/ids.ts'
import { type Leases, leases } from '../kernel/leases.ts'
import type { Reader } from '../storage/storage.ts'
import { listMarks } from './level.store.ts'
import { failingMark, pushLevels } from './marks.ts'

/** The push transports of each tenant that deliver too little, in memory, some seconds behind. */
export type FailingTransports = Leases<ReadonlySet<string>>

export function openFailingTransports(db: Reader): FailingTransports {
  return leases(async (tenantId) => listFailing(db, tenantId as TenantId), { forMs: 5 * secondMs, size: 10_000 })
}

async function listFailing(db: Reader, tenantId: TenantId): Promise<ReadonlySet<string>> {
  const names = (await listMarks(db)).filter(({ tenant_id: id }) => id === tenantId).map(({ name }) => name)
  return new Set(pushLevels.flatMap(([, transport]) => (names.includes(failingMark(transport)) ? [transport] : [])))
}
