import { z } from 'zod'
import { dayMs, secondMs } from '../kernel/durations.ts'
import type { AttemptVerdict } from './login-attempts.ts'

/** What is remembered of the second-factor attempts of one account, over all factors, sessions and sources. */
export const MfaAttempts = z.strictObject({
  /** Times of the last failures, oldest first; no more than the window takes. */
  recent: z.array(z.int()),
  /** Failures in a row; only a success of a factor clears it. */
  row: z.int(),
  /** Failures of today and of each of the 30 days before, by the number of the day. Success does not clear them. */
  days: z.record(z.string(), z.int()),
})
export type MfaAttempts = z.infer<typeof MfaAttempts>

/** The numbers of POLICY mfa.*. */
export interface MfaLimits {
  /** Failures that any `windowMs` takes. */
  readonly failures: number
  readonly windowMs: number
  /** No wait after failures in a row is longer. */
  readonly longestWaitMs: number
  /** Failures that any 30 days take. */
  readonly monthly: number
}

/** Seconds to wait after the first, second, … failure in a row; the last goes on for ever. */
const backoffSeconds = [0, 0, 30, 60, 120, 300]

/** A day stays until the last moment of it is so long ago: what was late on it has its 30 days, what was early a day more. */
const daysOfMonth = 30

const none: MfaAttempts = { recent: [], row: 0, days: {} }

/** Counts an attempt as failed before it is judged. `forgiveMfaAttempt` takes it back when it turns out right. */
export function countMfaAttempt(
  state: MfaAttempts | undefined,
  nowMs: number,
  limits: MfaLimits,
): AttemptVerdict<MfaAttempts> {
  const before = state ?? none
  const today = Math.floor(nowMs / dayMs)
  const days = Object.fromEntries(Object.entries(before.days).filter(([day]) => Number(day) >= today - daysOfMonth))
  const inMonth = Object.values(days).reduce((sum, failures) => sum + failures, 0)
  if (inMonth >= limits.monthly) {
    const oldest = Math.min(...Object.keys(days).map(Number))
    return { allowed: false, retryAfterMs: (oldest + 1 + daysOfMonth) * dayMs - nowMs, monthIsFull: true }
  }
  const wait = Math.max(waitOfWindow(before, nowMs, limits), waitOfRow(before, nowMs, limits))
  if (wait > 0) return { allowed: false, retryAfterMs: wait }

  const recent = [...before.recent, nowMs].slice(-limits.failures)
  const next = { recent, row: before.row + 1, days: { ...days, [today]: (days[today] ?? 0) + 1 } }
  return { allowed: true, next, locks: recent.length >= limits.failures && isFull(recent, nowMs, limits) }
}

/**
 * Takes back the attempt that was counted at `countedMs` and was right: it was no failure, and it clears the row. The
 * failures before it stay in the window and in the month.
 */
export function forgiveMfaAttempt(state: MfaAttempts | undefined, countedMs: number): MfaAttempts | undefined {
  if (!state) return undefined
  const day = Math.floor(countedMs / dayMs)
  const at = state.recent.lastIndexOf(countedMs)
  const recent = state.recent.filter((_, index) => index !== at)
  const left = Math.max(0, (state.days[day] ?? 0) - 1)
  const { [day]: _, ...others } = state.days
  const days = left > 0 ? { ...others, [day]: left } : others
  return recent.length > 0 || Object.keys(days).length > 0 ? { recent, row: 0, days } : undefined
}

/** Until the oldest of a full window has left it. A clock that steps back does not shorten the wait. */
function waitOfWindow({ recent }: MfaAttempts, nowMs: number, limits: MfaLimits): number {
  const [oldest] = recent.slice(-limits.failures)
  if (oldest === undefined || !isFull(recent, nowMs, limits)) return 0
  return Math.min(oldest + limits.windowMs - nowMs, limits.windowMs)
}

function isFull(recent: readonly number[], nowMs: number, limits: MfaLimits): boolean {
  return recent.filter((at) => at > nowMs - limits.windowMs).length >= limits.failures
}

function waitOfRow({ recent, row }: MfaAttempts, nowMs: number, limits: MfaLimits): number {
  const last = recent.at(-1)
  if (row === 0 || last === undefined) return 0
  const seconds = backoffSeconds[Math.min(row, backoffSeconds.length) - 1] ?? 0
  const waitMs = Math.min(seconds * secondMs, limits.longestWaitMs)
  return Math.max(0, Math.min(last + waitMs - nowMs, waitMs))
}
