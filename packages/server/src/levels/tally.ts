import { dayMs, hourMs, minuteMs } from '../kernel/durations.ts'
import type { TenantId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { addCount } from './level.store.ts'

/** Looking at a day takes five minutes each, at a week hours, and at a year days: never many rows. */
export const spansMs = { short: 5 * minuteMs, hour: hourMs, day: dayMs } as const

/** So often something came out like this, at about this time. */
export interface Count {
  readonly tenantId: TenantId
  readonly at: number
  readonly measure: string
  readonly label: string
  readonly count: number
}

/** The same counts as few rows: each in its five minutes, its hour and its day (UTC). */
export function writesOf(counts: readonly Count[]): readonly Write[] {
  const rows = new Map<string, Parameters<typeof addCount>[0]>()
  for (const { tenantId, at, measure, label, count } of counts) {
    for (const span of Object.values(spansMs)) {
      const place = { span_ms: span, at: Math.floor(at / span) * span, tenant_id: tenantId, measure, label }
      const key = JSON.stringify(place)
      rows.set(key, { ...place, count: (rows.get(key)?.count ?? 0) + count })
    }
  }
  // In one order everywhere: of two nodes that add to the same rows, neither waits for the other in a circle.
  return [...rows].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => addCount(row))
}
