import type { EventType } from '@gatehouse/contract/events'
import type { TenantId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { eventGuard } from './event.store.ts'

/** What happened, without whom it happened to. */
export interface Happening {
  readonly type: EventType
  readonly tenantId: TenantId
  readonly data: Readonly<Record<string, unknown>>
}

/** The events among what is committed, for those on this node who count and forget. Readers of the log are in `log-reader.ts`. */
export function eventsOf(writes: readonly Write[]): readonly Happening[] {
  return writes
    .filter(({ guardName }) => guardName === eventGuard)
    .map(({ values }) => {
      const { type, tenant_id: tenantId, data } = values as { type: EventType; tenant_id: TenantId; data: string }
      return { type, tenantId, data: JSON.parse(data) as Happening['data'] }
    })
}
