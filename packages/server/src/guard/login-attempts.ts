import { z } from 'zod'

/** What is remembered of the password attempts on one name, from one kind of source. */
export const LoginAttempts = z.strictObject({
  /** Failures in a row since the last success or the end of the last lock. */
  failures: z.int(),
  /** Failures in a row since the last success, over all locks. */
  total: z.int(),
  /** Epoch milliseconds; 0 when there has been no lock. */
  lockedUntil: z.int(),
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

/** May this attempt be judged? `next` is what to remember, before it is judged. */
export type AttemptVerdict<State> =
  | { readonly allowed: true; readonly next: State; readonly locks: boolean }
  /** `retryAfterMs` is undefined when only a person can help. */
  | {
      readonly allowed: false
      readonly retryAfterMs: number | undefined
      /** Set when the month has taken all the failures that it takes. */
      readonly monthIsFull?: true
    }

const none: LoginAttempts = { failures: 0, total: 0, lockedUntil: 0 }

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
  if (before.lockedUntil > nowMs) return { allowed: false, retryAfterMs: before.lockedUntil - nowMs }
  if (before.total >= limits.hard) return { allowed: false, retryAfterMs: undefined }
  // A lock that is over has wiped the count of failures, not the total.
  const failures = (before.lockedUntil > 0 ? 0 : before.failures) + 1
  const locks = failures >= limits.failures
  const next = { failures, total: before.total + 1, lockedUntil: locks ? nowMs + limits.lockMs : 0 }
  return { allowed: true, next, locks }
}

/** Takes back an attempt that was counted and never judged: it says nothing about anybody. */
export function takeBackLoginAttempt(state: LoginAttempts | undefined): LoginAttempts | undefined {
  if (!state || state.total <= 1) return undefined
  return { failures: Math.max(0, state.failures - 1), total: state.total - 1, lockedUntil: 0 }
}
