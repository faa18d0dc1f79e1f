import { z } from 'zod'
import { dayMs, minuteMs } from '../../kernel/durations.ts'

/** How often a person has been asked on their devices, and what became of it. Times are epoch milliseconds. */
export const PushPace = z.strictObject({
  asked: z.array(z.number()),
  unanswered: z.array(z.number()),
  /** When the request was made that nobody has answered yet. */
  open: z.number().nullable(),
  stopped: z.boolean(),
})
export type PushPace = z.infer<typeof PushPace>

export interface PushLimits {
  readonly lifeMs: number
  readonly perTenMinutes: number
  readonly unansweredPerDay: number
}

interface PaceVerdict {
  readonly verdict: 'ask' | 'wait' | 'stopped'
  readonly retryAfterMs: number
  /** Set where it is this very request that ends it. */
  readonly stops: boolean
  readonly next: PushPace
}

const quiet: PushPace = { asked: [], unanswered: [], open: null, stopped: false }

/**
 * Whether a person may be asked now: one request at a time, few in ten minutes, none after too many that nobody answered.
 * Whoever is asked again and again says yes in the end.
 */
export function countRequest(pace: PushPace = quiet, now: number, limits: PushLimits): PaceVerdict {
  const isOver = pace.open !== null && now - pace.open >= limits.lifeMs
  const asked = pace.asked.filter((at) => now - at < 10 * minuteMs)
  const unanswered = [...pace.unanswered, ...(isOver && pace.open !== null ? [pace.open] : [])].filter(
    (at) => now - at < dayMs,
  )
  const stopped = pace.stopped || unanswered.length >= limits.unansweredPerDay
  const next = { asked, unanswered, open: isOver ? null : pace.open, stopped }
  const refused = { stops: stopped && !pace.stopped, next }
  if (stopped) return { verdict: 'stopped', retryAfterMs: 0, ...refused }
  if (next.open !== null) return { verdict: 'wait', retryAfterMs: next.open + limits.lifeMs - now, ...refused }
  const [oldest] = asked
  if (oldest !== undefined && asked.length >= limits.perTenMinutes) {
    return { verdict: 'wait', retryAfterMs: oldest + 10 * minuteMs - now, ...refused }
  }
  return { verdict: 'ask', retryAfterMs: 0, stops: false, next: { ...next, asked: [...asked, now], open: now } }
}

/** Somebody has answered, rightly or not. */
export function noteAnswer(pace: PushPace = quiet): PushPace {
  return { ...pace, open: null }
}

/** Its owner has said that it was not them. */
export function stopRequests(pace: PushPace = quiet): PushPace {
  return { ...pace, open: null, stopped: true }
}
