import { z } from 'zod'
import { minuteMs } from '../kernel/durations.ts'

/** For so long a failure speaks against its address, and a tried factor against whoever tries. */
export const recentMs = 15 * minuteMs
/** More than these say nothing more. */
const keptAtMost = 20

/** Things that happened lately, by name, the oldest first. */
export const Recent = z.array(z.strictObject({ name: z.string(), at: z.int() }))
export type Recent = z.infer<typeof Recent>

/** With one more. */
export function note(recent: Recent, name: string, at: number): Recent {
  return [...recent.filter((each) => at - each.at < recentMs), { name, at }].slice(-keptAtMost)
}

/** What is still recent. */
export function since(recent: Recent, at: number): Recent {
  return recent.filter((each) => at - each.at < recentMs)
}

/** How many different names. */
export function countNames(recent: Recent): number {
  return new Set(recent.map(({ name }) => name)).size
}
