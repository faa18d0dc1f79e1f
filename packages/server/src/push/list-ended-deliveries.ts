import type { PushTransport } from '@gatehouse/contract/push-operations'
import type { TenantId } from '../kernel/ids.ts'
import type { Reader } from '../storage/storage.ts'
import { listDeliveriesByEnd } from './push-delivery.store.ts'

/** What became of a request to a device. */
interface EndedDelivery {
  readonly tenantId: TenantId
  readonly transport: PushTransport
  readonly endedAt: number
  /** Whether the device has fetched it while it waited. */
  readonly isInTime: boolean
}

interface Ended {
  readonly ended: readonly EndedDelivery[]
  /** All that ended up to here is among them. */
  readonly countedTo: number
}

/** Requests to devices whose time was over after `after` and up to `until`, or the first of them. */
export async function listEndedDeliveries(
  db: Reader,
  { after, until, limit }: { readonly after: number; readonly until: number; readonly limit: number },
): Promise<Ended> {
  const rows = await listDeliveriesByEnd(db, { after, until, limit })
  // More may have ended with the last one, in the same millisecond.
  const last = rows.length < limit ? until : (rows.at(-1)?.not_after ?? until) - 1
  const countedTo = last > after ? last : until
  return {
    countedTo,
    ended: rows
      .filter(({ not_after: endedAt }) => endedAt <= countedTo)
      .map(({ tenant_id: tenantId, transport, not_after: endedAt, fetched_at: fetchedAt }) => ({
        tenantId,
        transport,
        endedAt,
        isInTime: fetchedAt !== null && fetchedAt <= endedAt,
      })),
  }
}
