import { setTimeout } from 'node:timers/promises'
import { chanceOf } from './chance.ts'
import type { Stage } from './stage.ts'
import type { VirtualHouse } from './virtual-house.ts'

/** As long as it takes, as a rule, until an event has been read. */
const naturalMs = 200

/** Longer than any alert takes, also on a machine that has other things to do. */
const patienceMs = 30_000

interface StageOptions {
  readonly seed: number
  readonly say: Stage['say']
  /** Events are read when they are read in life, and not at once because time is to pass: for who measures delays. */
  readonly isNatural?: boolean
}

/** A stage in this process: to let time pass is to move a clock. */
export function virtualStage(house: VirtualHouse, { seed, say, isNatural = false }: StageOptions): Stage {
  const { url, application, keeper, clock, runJobs } = house
  return {
    url,
    gatehouse: application,
    keeper,
    chance: chanceOf(seed),
    now: clock.now,
    settle: runJobs,
    patienceMs: isNatural ? patienceMs : 0,
    say,
    // What has happened before is read before: time that is skipped is no delay.
    async pass(ms) {
      if (ms <= 0) return
      if (isNatural) await setTimeout(naturalMs)
      await runJobs()
      clock.advance(ms)
    },
  }
}
