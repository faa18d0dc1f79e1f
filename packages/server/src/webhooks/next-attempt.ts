import { hourMs, minuteMs, secondMs } from '../kernel/durations.ts'
import type { Moment } from '../kernel/moment.ts'

/** After the first attempt, the second, …: ten attempts within 72 hours. */
const gapsMs = [
  ...[5 * secondMs, 5 * minuteMs, 30 * minuteMs],
  ...[2, 5, 10, 14, 20, 20].map((hours) => hours * hourMs),
]

interface Tried {
  /** How many attempts were made. */
  readonly attempts: number
  /** When its time began, and how long that is. */
  readonly queuedAt: number
  readonly windowMs: number
  /** What the receiver asks for. */
  readonly retryAfterMs: number | undefined
}

/**
 * When to try again: after the gap of the schedule, a tenth more or less, so that not all come back at once; later if the
 * receiver says so, but never after its time. Undefined when all attempts are made, or the time is over.
 */
export function nextAttempt(
  { attempts, queuedAt, windowMs, retryAfterMs = 0 }: Tried,
  { now, random }: Moment,
): number | undefined {
  const gapMs = gapsMs[attempts - 1]
  const nowMs = now.getTime()
  const endMs = queuedAt + windowMs
  if (gapMs === undefined || nowMs >= endMs) return undefined
  const [chance = 0] = random(1)
  const waitMs = Math.round(gapMs * (0.9 + (0.2 * chance) / 255))
  return Math.min(nowMs + Math.max(waitMs, retryAfterMs), endMs)
}

/** How long `Retry-After` asks to wait, in seconds or until a date (RFC 9110, section 10.2.3). */
export function readRetryAfter(text: string | undefined, now: Date): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text) * secondMs
  const until = /^[A-Z][a-z]{2}, \d/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(until) ? undefined : Math.max(0, until - now.getTime())
}
