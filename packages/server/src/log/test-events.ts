import type { TenantId } from '../kernel/ids.ts'
import type { Reader } from '../storage/storage.ts'
import { filterOf } from './event-filter.ts'
import { type EventRow, searchEvents } from './search-events.ts'

/** The newest events of a tenant, the newest first, as they are stored. */
export async function newestEvents(db: Reader, tenantId: TenantId, wanted: number): Promise<readonly EventRow[]> {
  const filter = filterOf(tenantId, {})
  if (!filter) return []
  for await (const { rows } of searchEvents(db, filter, { before: Number.MAX_SAFE_INTEGER, wanted })) return rows
  return []
}
