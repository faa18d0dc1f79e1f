import { z } from 'zod'
import { minuteMs, secondMs } from '../kernel/durations.ts'

/** What is remembered of the password attempts on one name, from one kind of source. */
export const LoginAttempts = z.strictObject({
  /** Failures in a row since the last success or the end of the last lock. */
  failures: z.int(),
  /** Failures in a row since the last success, over all locks. */
  total: z.int(),
  /** Epoch milliseconds; 0 when there has been no lock. */
  lockedUntil: z.int(),
  /** Attempts that are counted and that nobody has judged yet. */
  unjudged: z.int(),
})
export type LoginAttempts = z.infer<typeof LoginAttempts>

/** The numbers of POLICY login.*. */
export interface LoginLimits {
  /** Failures in a row that lock. */
  readonly failures: number
  readonly lockMs: number
  /** Failures in a row, over all locks, that close the password road until somebody opens it. */
  readonly hard: number
}

/** No attempt is judged now. */
export interface Locked {
  readonly allowed: false
  readonly retryAfterMs: number
  /** Set when the month has taken all the failures that it takes. */
  readonly monthIsFull?: true
  /** Set when time alone does not help: a person lifts it, or a new password. */
  readonly isHard?: true
}

/** May this attempt be judged? `next` is what to remember, before it is judged. */
export type AttemptVerdict<State> = { readonly allowed: true; readonly next: State; readonly locks: boolean } | Locked

const none: LoginAttempts = { failures: 0, total: 0, lockedUntil: 0, unjudged: 0 }

/** No attempt takes longer to judge. What a crash has left unjudged counts as wrong from then on. */
const longestJudgementMs = minuteMs

/**
 * Counts an attempt as failed before it is judged, so that attempts at the same time cannot share a count; success
 * forgets it all (`undefined`). The attempt that fills the count locks at once, and opens again if it turns out right.
 * What is refused neither counts nor lengthens the lock.
 */
export function countLoginAttempt(
  state: LoginAttempts | undefined,
  nowMs: number,
  limits: LoginLimits,
): AttemptVerdict<LoginAttempts> {
  const before = state ?? none
  if (before.lockedUntil > nowMs) {
    // If one of those that are being judged is right, the lock is gone in a moment.
    const isUndecided = before.unjudged > 0 && nowMs < before.lockedUntil - limits.lockMs + longestJudgementMs
    return { allowed: false, retryAfterMs: isUndecided ? secondMs : before.lockedUntil - nowMs }
  }
  // Only a person can help. What is told is what a lock tells.
  if (before.total >= limits.hard) return { allowed: false, retryAfterMs: limits.lockMs, isHard: true }
  // A lock that is over has wiped the count of failures, not the total.
  const failures = (before.lockedUntil > 0 ? 0 : before.failures) + 1
  const locks = failures >= limits.failures
  const lockedUntil = locks ? nowMs + limits.lockMs : 0
  const next = { failures, total: before.total + 1, lockedUntil, unjudged: before.unjudged + 1 }
  return { allowed: true, next, locks }
}

/** Takes back an attempt that was counted and never judged: it says nothing about anybody. */
export function takeBackLoginAttempt(state: LoginAttempts | undefined): LoginAttempts | undefined {
  if (!state || state.total <= 1) return undefined
  const { failures, total, unjudged } = state
  return { failures: Math.max(0, failures - 1), total: total - 1, lockedUntil: 0, unjudged: Math.max(0, unjudged - 1) }
}

/** An attempt that was counted has been judged, and it was wrong. */
export function settleLoginAttempt(state: LoginAttempts | undefined): LoginAttempts | undefined {
  return state && { ...state, unjudged: Math.max(0, state.unjudged - 1) }
}
