import { defaultPolicy } from '@gatehouse/contract/policy'
import { countMfaAttempt, type MfaAttempts } from '@gatehouse/server/guard/mfa-attempts'

/** What somebody who has the password and never rests can hope for. */
export interface GuessOdds {
  readonly days: number
  /** Codes that were looked at. */
  readonly guesses: number
  /** Of having had a right one, from 0 to 1. */
  readonly odds: number
}

const dayMs = 86_400_000
/** Of six digits three are good at any moment: the step before, this one, the next. */
const goodShare = 3 / 1_000_000

/** Lets an attacker run against the very rule that the server counts by, who knows when to come again and is never stopped. */
export function measureOdds(days: number): GuessOdds {
  const { mfaWindowFailures, mfaWindowSeconds, mfaLongestWaitSeconds, mfaMonthlyFailures } = defaultPolicy()
  const limits = {
    failures: mfaWindowFailures,
    windowMs: mfaWindowSeconds * 1000,
    longestWaitMs: mfaLongestWaitSeconds * 1000,
    monthly: mfaMonthlyFailures,
  }
  let state: MfaAttempts | undefined
  let guesses = 0
  for (let nowMs = dayMs * 20_000; nowMs < dayMs * (20_000 + days); ) {
    const verdict = countMfaAttempt(state, nowMs, limits)
    if (verdict.allowed) {
      state = verdict.next
      guesses++
    } else nowMs += Math.max(verdict.retryAfterMs ?? dayMs, 1)
  }
  return { days, guesses, odds: 1 - (1 - goodShare) ** guesses }
}
