import { startBareRoute } from './bare-route.ts'
import type { Bench } from './bench.ts'
import { loadRow } from './figures.ts'
import type { Batch } from './load.ts'
import type { RunningSite } from './site.ts'
import { median, shuffle } from './statistics.ts'

/** Requests of one kind, and how much of the speed of a bare route they are to reach. */
export interface Comparison {
  readonly id: string
  readonly name: string
  readonly atLeast: number
  /** Requests of one batch, and how many of those fit into the time that one takes a bare route. */
  readonly usualBatch: number
  readonly bareTimes: number
  readonly warmUpBatches: number
  /** How many comparisons make a round. The shorter and the more, the less it matters what else the machine does. */
  readonly perRound: number
  make(count: number): readonly Uint8Array[]
}

/** Enough in flight that a server is held up by its own work and not by the time that one commit takes the disk. */
const connections = 128
/** A batch ends with its requests, or now: a slow database would hold up everybody. */
const longestMs = 1000

/**
 * Puts a server and a bare Fastify route, which are up together, under the same bytes in turn, in another order each
 * time. What counts is the ratio within one.
 */
export async function measureAgainstBare(
  { workshop, load, rounds, scale, report }: Bench,
  site: RunningSite,
  { id, name, atLeast, usualBatch, bareTimes, warmUpBatches, perRound, make }: Comparison,
): Promise<void> {
  const batch = usualBatch * scale
  const forMs = longestMs * scale
  const runSite = async (requests: readonly Uint8Array[]) => {
    const lane = { port: site.port, connections, requests }
    return first(await load.run(site, { lanes: [lane], forMs }))
  }
  let sample = ''
  for (let i = 0; i < warmUpBatches; i++) {
    const { result } = await runSite(make(batch))
    sample = result.samples[200] ?? ''
  }

  const bare = await startBareRoute(workshop, sample, 'servers')
  const runBare = async (requests: readonly Uint8Array[]) => {
    const repeated = Array.from({ length: bareTimes }, () => requests).flat()
    return first(await load.run(bare, { lanes: [{ port: bare.port, connections, requests: repeated }], forMs }))
  }
  for (let i = 0; i < warmUpBatches; i++) await runBare(make(batch))

  const ofBare: Batch[] = []
  const ofSite: Batch[] = []
  for (let comparison = 0; comparison < rounds * perRound; comparison++) {
    const requests = make(batch)
    for (const subject of shuffle(['ours', 'bare'] as const)) {
      if (subject === 'ours') ofSite.push(await runSite(requests))
      else ofBare.push(await runBare(requests))
    }
  }
  await bare.stop()

  const { engine } = site
  report.loads.push(loadRow(name, 'bare Fastify', ofBare), loadRow(name, engine, ofSite))
  const ratios = (pick: (batch: Batch, bareBatch: Batch) => number) =>
    median(ofSite.map((each, index) => pick(each, ofBare[index] ?? each)))
  const target = { atLeast }
  const rate = ratios((ours, bares) => ours.perSecond / bares.perSecond)
  const cpu = ratios((ours, bares) => bares.cpuUs / ours.cpuUs)
  const about = { id, subject: engine, unit: '×', target } as const
  report.figures.push(
    { ...about, what: `${name}: answers/s against a bare route`, value: rate },
    { ...about, what: `${name}: answers per CPU time against a bare route`, value: cpu },
  )
}

function first(batches: readonly Batch[]): Batch {
  const [batch] = batches
  if (!batch) throw new Error('a batch has at least one lane')
  return batch
}
