import { z } from 'zod'

/** When the last failures were, in epoch milliseconds, oldest first. Never more of them than the limit. */
export const RecentFailures = z.array(z.int())
export type RecentFailures = z.infer<typeof RecentFailures>

/** How many failures in what time make a risk. */
export interface FailureLimit {
  readonly limit: number
  readonly windowMs: number
}

/**
 * Counts an attempt as failed before it is judged, so that attempts at the same time cannot share a count. Past the
 * limit nothing is counted: the risk is known, and ends with the window.
 */
export function countFailure(
  before: RecentFailures,
  nowMs: number,
  { limit, windowMs }: FailureLimit,
): { readonly next: RecentFailures; readonly isRisky: boolean } {
  const recent = before.filter((at) => at > nowMs - windowMs)
  if (recent.length >= limit) return { next: recent, isRisky: true }
  return { next: [...recent, nowMs], isRisky: false }
}

/** Takes back an attempt that was counted at this time and has not failed. */
export function takeBackFailure(before: RecentFailures, atMs: number): RecentFailures {
  const index = before.lastIndexOf(atMs)
  return index === -1 ? before : before.toSpliced(index, 1)
}
