import { type AlertRuleName, type AlertRules, alertRules } from '@gatehouse/contract/alerts'
import { z } from 'zod'
import { secondMs } from '../kernel/durations.ts'

/** What a rule has counted lately under one subject, the oldest first. */
export const Counted = z.array(z.strictObject({ at: z.int(), id: z.string(), key: z.string() }))
export type Counted = z.infer<typeof Counted>

/** When a rule raises its alert. */
export interface Threshold {
  readonly count: number
  readonly windowMs: number
  readonly distinct: boolean
}

/** The threshold of a rule in a tenant; undefined where the tenant has switched it off. */
export function thresholdOf(name: AlertRuleName, own: AlertRules): Threshold | undefined {
  const { count, seconds, ...rule }: { count: number; seconds: number; distinct?: true } = alertRules[name]
  const given = own[name]
  if (given?.on === false) return undefined
  return {
    count: given?.count ?? count,
    windowMs: (given?.seconds ?? seconds) * secondMs,
    distinct: rule.distinct ?? false,
  }
}

/**
 * Counts one more. When that is enough, `raised` holds all that it was counted from, and counting begins anew. An event that
 * is counted already, because the reader runs again, is counted once.
 */
export function countSignal(
  before: Counted,
  signal: Counted[number],
  { count, windowMs, distinct }: Threshold,
): { readonly counted: Counted; readonly raised: Counted | undefined } {
  const recent = before.filter(({ at, id, key }) => {
    const isAgain = distinct ? key === signal.key : id === signal.id
    return !isAgain && signal.at - at < windowMs
  })
  const counted = [...recent, signal]
  return counted.length >= count ? { counted: [], raised: counted } : { counted, raised: undefined }
}
