import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'

/** Bounds of a median with 99.9 % certainty, whatever the distribution is (order statistics, binomial). */
function boundsOfMedian(values: readonly number[]): readonly [low: number, high: number] {
  const sorted = values.toSorted((a, b) => a - b)
  const reach = Math.ceil((3.3 * Math.sqrt(sorted.length)) / 2)
  const last = sorted.length - 1
  const [low, high] = [Math.floor(last / 2) - reach, Math.ceil(last / 2) + reach]
  return [sorted[Math.max(0, low)]!, sorted[Math.min(last, high)]!]
}

type Attempts = Readonly<Record<string, () => Promise<void>>>

interface Measuring {
  /** By how much of the time of the first kind a median may differ. */
  readonly tolerance?: number
  readonly roundsPerBatch?: number
}

/** A machine that does other things as well may never tell 5 %; it tells what matters long before this. */
const longestMs = 6000

/**
 * Asserts that all attempts take one time. Each round makes every attempt once, in an order of chance, and compares within the round, so
 * that a machine that grows slower slows all of them. It fails when a difference is certain, and never because it is
 * not: what stays in doubt after some seconds is told and let go.
 */
export async function assertSameTime(
  t: TestContext,
  attempts: Attempts,
  { tolerance = 0.05, roundsPerBatch = 20 }: Measuring = {},
): Promise<void> {
  const [reference = '', ...others] = Object.keys(attempts)
  const rounds: Readonly<Record<string, number>>[] = []
  const measure = async () => {
    const took: Record<string, number> = {}
    for (const kind of [reference, ...others].toSorted(() => Math.random() - 0.5)) {
      const start = performance.now()
      await attempts[kind]!()
      took[kind] = performance.now() - start
    }
    rounds.push(took)
  }
  const ratio = (kind: string) => boundsOfMedian(rounds.map((took) => took[kind]! / took[reference]!))
  const end = performance.now() + longestMs
  let isDoubtful = true
  while (isDoubtful && performance.now() < end) {
    for (let round = 0; round < roundsPerBatch; round++) await measure()
    for (const kind of others) {
      const [low, high] = ratio(kind)
      // What is beyond noise needs no more rounds; what may be noise does.
      const said = `${kind}: ${low.toFixed(3)} to ${high.toFixed(3)} of ${reference}`
      assert.ok(low < 1 + tolerance && high > 1 - tolerance, said)
    }
    isDoubtful = others.some((kind) => ratio(kind)[0] < 1 - tolerance || ratio(kind)[1] > 1 + tolerance)
  }
  const seen = others.map((kind) => `${kind} ${ratio(kind).map((bound) => bound.toFixed(2))}`)
  const told = isDoubtful ? ' (this machine cannot tell more)' : ''
  t.diagnostic(`${rounds.length} rounds, median time as a part of that of ${reference}: ${seen.join('; ')}${told}`)
}
