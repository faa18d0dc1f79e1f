import { minuteMs, secondMs } from '../kernel/durations.ts'
import type { Moment } from '../kernel/moment.ts'

const firstWaitMs = secondMs
const longestWaitMs = 15 * minuteMs

/**
 * When to try again after so many attempts in vain: 1, 2, 4 … seconds later, up to a quarter of an hour, each a little
 * off so that not all come back at once. Undefined when the message would be of no use by then.
 */
export function nextAttempt(attempts: number, { now, random }: Moment, notAfterMs: number): number | undefined {
  const wait = Math.min(firstWaitMs * 2 ** Math.min(attempts - 1, 30), longestWaitMs)
  const [chance = 0] = random(1)
  const at = now.getTime() + Math.round(wait * (0.8 + (0.4 * chance) / 255))
  return at < notAfterMs ? at : undefined
}
