import { dayMs } from '../kernel/durations.ts'
import type { FactorRow } from './factor.store.ts'

/** Days before the end at which an owner is told that a factor must be enrolled again. */
const noticeDays = [60, 14, 3] as const

type Age = Pick<FactorRow, 'renew_by' | 'renewal_note_at'>

/** The age of a factor that was just proven; undefined days for one that does not age. */
export function startAge(goodForDays: number | undefined, now: Date): Age {
  if (goodForDays === undefined) return { renew_by: null, renewal_note_at: null }
  const renewBy = now.getTime() + goodForDays * dayMs
  return { renew_by: renewBy, renewal_note_at: nextNote(renewBy, now) }
}

/** When next something is to be said of a factor that ends at `renewBy`; null when all is said. */
export function nextNote(renewBy: number, now: Date): number | null {
  const moments = [...noticeDays, 0].map((days) => renewBy - days * dayMs)
  return moments.find((moment) => moment > now.getTime()) ?? null
}
