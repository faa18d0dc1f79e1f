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
  make(site: RunningSite, count: number): readonly Uint8Array[]
}

/** Enough in flight that a server is held up by its own work and not by the time that one commit takes the disk. */
const connections = 128
/** A batch ends with its requests, or now: a slow database would hold up everybody. */
const longestMs = 1000

/**
 * Puts the servers and a bare Fastify route, which all are up together, under the same bytes in turn, in another order
 * each round. What counts is the ratio within a round.
 */
export async function measureAgainstBare(
  { workshop, load, rounds, scale, report }: Bench,
  sites: readonly RunningSite[],
  { id, name, atLeast, usualBatch, bareTimes, warmUpBatches, make }: Comparison,
): Promise<void> {
  const batch = usualBatch * scale
  const forMs = longestMs * scale
  const runSite = async (site: RunningSite, requests: readonly Uint8Array[]) => {
    const lane = { port: site.port, connections, requests }
    return first(await load.run(site, { lanes: [lane], forMs }))
  }
  let sample = ''
  for (const site of sites) {
    for (let i = 0; i < warmUpBatches; i++) {
      const { result } = await runSite(site, make(site, batch))
      sample = result.samples[200] ?? ''
    }
  }

  const bare = await startBareRoute(workshop, sample, 'servers')
  const runBare = async (requests: readonly Uint8Array[]) => {
    const repeated = Array.from({ length: bareTimes }, () => requests).flat()
    return first(await load.run(bare, { lanes: [{ port: bare.port, connections, requests: repeated }], forMs }))
  }
  const [anySite] = sites
  if (!anySite) return
  for (let i = 0; i < warmUpBatches; i++) await runBare(make(anySite, batch))

  const ofBare: Batch[] = []
  const ofSite = new Map(sites.map((site) => [site, [] as Batch[]]))
  for (let round = 0; round < rounds; round++) {
    const prepared = new Map(sites.map((site) => [site, make(site, batch)]))
    for (const subject of shuffle([...sites, undefined])) {
      const requests = prepared.get(subject ?? anySite) ?? []
      if (subject) ofSite.get(subject)?.push(await runSite(subject, requests))
      else ofBare.push(await runBare(requests))
    }
  }
  await bare.stop()

  report.loads.push(loadRow(name, 'bare Fastify', ofBare))
  for (const [{ engine }, batches] of ofSite) {
    report.loads.push(loadRow(name, engine, batches))
    const ratios = (pick: (batch: Batch, bareBatch: Batch) => number) =>
      median(batches.map((each, round) => pick(each, ofBare[round] ?? each)))
    const target = { atLeast }
    const rate = ratios((ours, bares) => ours.perSecond / bares.perSecond)
    const cpu = ratios((ours, bares) => bares.cpuUs / ours.cpuUs)
    report.figures.push(
      { id, subject: engine, what: `${name}: answers/s against a bare route`, value: rate, unit: '×', target },
      {
        id,
        subject: engine,
        what: `${name}: answers per CPU time against a bare route`,
        value: cpu,
        unit: '×',
        target,
      },
    )
  }
}

function first(batches: readonly Batch[]): Batch {
  const [batch] = batches
  if (!batch) throw new Error('a batch has at least one lane')
  return batch
}
