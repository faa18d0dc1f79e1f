import { burnRate, judgeLabel, type LevelName, levelNames } from '@gatehouse/contract/levels'
import type { Policy } from '@gatehouse/contract/policy'
import { dayMs, hourMs, minuteMs } from '../kernel/durations.ts'
import { spansMs } from './tally.ts'

/** Times over which it is counted how fast what may go wrong is used up, and by which counts. */
export const windows = {
  minutes5: { lengthMs: 5 * minuteMs, spanMs: spansMs.short },
  minutes30: { lengthMs: 30 * minuteMs, spanMs: spansMs.short },
  hours1: { lengthMs: hourMs, spanMs: spansMs.short },
  hours6: { lengthMs: 6 * hourMs, spanMs: spansMs.short },
  days3: { lengthMs: 3 * dayMs, spanMs: spansMs.hour },
} as const
type WindowName = keyof typeof windows

export interface Outcome {
  readonly good: number
  readonly bad: number
}
export type Outcomes = Readonly<Record<WindowName, Outcome>>

/** How fast a level burns, over which time, and how many failures there were in it. */
export interface Burn extends Outcome {
  readonly pace: 'fast' | 'slow'
  readonly window: WindowName
  readonly rate: number
}

type Limits = Pick<
  Policy,
  'burnFastTenths' | 'burnSteadyTenths' | 'burnSlowTenths' | 'burnFailures' | 'burnSlowFailures'
>

/**
 * Alerts by burn rate over two windows each (Site Reliability Workbook, chapter 5): the long one says that it matters, the short
 * one that it has not ended. Where few come, one failure is a large share: fewer than some are none, and what nobody need be
 * woken for may wait until it is more.
 */
export function judgeBurn(level: LevelName, outcomes: Outcomes, limits: Limits): Burn | undefined {
  const pairs = [
    { pace: 'fast', long: 'hours1', short: 'minutes5', limit: limits.burnFastTenths, least: limits.burnFailures },
    { pace: 'fast', long: 'hours6', short: 'minutes30', limit: limits.burnSteadyTenths, least: limits.burnFailures },
    { pace: 'slow', long: 'days3', short: 'hours6', limit: limits.burnSlowTenths, least: limits.burnSlowFailures },
  ] as const
  for (const { pace, long, short, limit, least } of pairs) {
    const rate = burnRate(level, outcomes[long])
    const isBurning = rate >= limit / 10 && burnRate(level, outcomes[short]) >= limit / 10
    if (isBurning && outcomes[long].bad >= least) return { pace, window: long, rate, ...outcomes[long] }
  }
  return undefined
}

/** Good and bad of each level, from what was counted. */
export function outcomesOf(
  sums: readonly { readonly measure: string; readonly label: string; readonly count: number }[],
): ReadonlyMap<LevelName, Outcome> {
  const found = new Map<LevelName, Outcome>(levelNames.map((name) => [name, { good: 0, bad: 0 }]))
  for (const { measure, label, count } of sums) {
    const name = measure as LevelName
    const before = found.get(name)
    const verdict = before && judgeLabel(name, label)
    if (verdict) found.set(name, { ...before, [verdict]: before[verdict] + count })
  }
  return found
}
