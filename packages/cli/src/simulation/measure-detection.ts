import type { Attack } from './attacks/attack.ts'
import { type HonestDays, type HonestTally, liveHonestly } from './honest/live-honestly.ts'
import type { Stage } from './stage.ts'
import { openVirtualHouse, type VirtualHouse } from './virtual-house.ts'
import { virtualStage } from './virtual-stage.ts'
import { closeAlerts, type Outcome, watchAttack } from './watch-attack.ts'

const hourMs = 3_600_000

/** A Sunday: people sign up, and on Monday they begin. */
const startAt = new Date('2026-03-01T00:00:00Z')

interface AttackRounds {
  readonly seed: number
  readonly times: number
  readonly say: Stage['say']
  /** False where only whether they are found matters: that is over sooner. */
  readonly measuresDelay: boolean
}

/** Carries out each attack so many times, where delays are measured at a server whose jobs run as they do in life. */
export function measureAttacks(
  attacks: readonly Attack[],
  { seed, times, say, measuresDelay }: AttackRounds,
): Promise<readonly Outcome[]> {
  return withHouse(async (house) => {
    await house.runJobs()
    if (measuresDelay) house.flow()
    const outcomes: Outcome[] = []
    for (let round = 0; round < times; round++) {
      for (const [index, attack] of attacks.entries()) {
        const place = `${attack.name}, ${round + 1} of ${times}`
        say(place)
        const stage = virtualStage(house, {
          seed: seed + round * attacks.length + index,
          say: (text) => say(`${place}: ${text}`),
          isNatural: measuresDelay,
        })
        outcomes.push(...(await watchAttack(stage, attack, {})))
        // What one attack has left behind is no part of the next.
        await stage.pass(hourMs)
        await closeAlerts(stage)
      }
    }
    return outcomes
  })
}

/** Lets honest people live for some days that are over in minutes. */
export function measureHonestDays(given: HonestDays, say: Stage['say']): Promise<HonestTally> {
  return withHouse((house) => liveHonestly(house, virtualStage(house, { seed: given.seed, say }), given))
}

async function withHouse<Result>(act: (house: VirtualHouse) => Promise<Result>): Promise<Result> {
  const house = await openVirtualHouse({ startAt })
  try {
    const result = await act(house)
    if (house.failures.length > 0) throw new AggregateError(house.failures, 'the server failed on its own')
    return result
  } finally {
    await house.close()
  }
}
