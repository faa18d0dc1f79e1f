import { startBareRoute } from './bare-route.ts'
import type { Bench } from './bench.ts'
import { loadRow } from './figures.ts'
import type { Batch } from './load.ts'
import { readRssMib } from './process-tree.ts'
import { type RunningSite, type Site, startSite } from './site.ts'
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
  /** The shorter and the more, the less it matters what else the machine does. */
  readonly comparisons: number
  /** How often both are started anew: one process can be a third slower than the next of the same program, for as long as it lives. */
  readonly starts: number
  /** What makes requests to a site that has just started. */
  prepare(site: RunningSite): MakeRequests | Promise<MakeRequests>
}

type MakeRequests = (count: number) => readonly Uint8Array[]

/** Enough in flight that a server is held up by its own work and not by the time that one commit takes the disk. */
const connections = 128
/** A batch ends with its requests, or now: a slow database would hold up everybody. */
const longestMs = 1000

/**
 * Puts a server and a bare Fastify route, which are up together, under the same bytes in turn, in another order each
 * time. What counts is the ratio within one.
 */
export async function measureAgainstBare(bench: Bench, site: Site, comparison: Comparison): Promise<void> {
  const { id, name, atLeast, starts } = comparison
  const ours: Batch[] = []
  const bare: Batch[] = []
  const sizes: number[] = []
  for (let start = 0; start < starts; start++) {
    const batches = await compareOnce(bench, site, comparison)
    ours.push(...batches.ours)
    bare.push(...batches.bare)
    sizes.push(batches.memoryMib)
  }
  const { loads, figures } = bench.report
  const subject = site.engine
  loads.push(loadRow(name, 'bare Fastify', bare), loadRow(name, subject, ours))
  const ratios = (pick: (batch: Batch, bareBatch: Batch) => number) =>
    median(ours.map((each, index) => pick(each, bare[index] ?? each)))
  const about = { id, subject, unit: '×', target: { atLeast } } as const
  figures.push(
    { ...about, what: `${name}: answers/s against a bare route`, value: ratios((a, b) => a.perSecond / b.perSecond) },
    {
      ...about,
      what: `${name}: answers per CPU time against a bare route`,
      value: ratios((a, b) => b.cpuUs / a.cpuUs),
    },
    { id: '', subject, what: `memory after ${name}`, value: median(sizes), unit: 'MiB' },
  )
}

/** One start of both. */
async function compareOnce({ workshop, load, scale }: Bench, site: Site, comparison: Comparison) {
  const { usualBatch, bareTimes, warmUpBatches, comparisons, starts, prepare } = comparison
  const count = usualBatch * scale
  const forMs = longestMs * scale
  const ours = await startSite(workshop, site, 'servers')
  const make = await prepare(ours)
  const runOurs = async (requests: readonly Uint8Array[]) =>
    first(await load.run(ours, { lanes: [{ port: ours.port, connections, requests }], forMs }))
  let sample = ''
  for (let i = 0; i < warmUpBatches; i++) {
    const { result } = await runOurs(make(count))
    sample = result.samples[200] ?? ''
  }

  const bare = await startBareRoute(workshop, sample, 'servers')
  const runBare = async (requests: readonly Uint8Array[]) => {
    const repeated = Array.from({ length: bareTimes }, () => requests).flat()
    return first(await load.run(bare, { lanes: [{ port: bare.port, connections, requests: repeated }], forMs }))
  }
  for (let i = 0; i < warmUpBatches; i++) await runBare(make(count))

  const batches = { ours: [] as Batch[], bare: [] as Batch[] }
  for (let i = 0; i < comparisons / starts; i++) {
    const requests = make(count)
    for (const subject of shuffle(['ours', 'bare'] as const)) {
      batches[subject].push(await (subject === 'ours' ? runOurs : runBare)(requests))
    }
  }
  const memoryMib = readRssMib(ours.pid)
  await bare.stop()
  await ours.stop()
  return { ...batches, memoryMib }
}

function first(batches: readonly Batch[]): Batch {
  const [batch] = batches
  if (!batch) throw new Error('a batch has at least one lane')
  return batch
}
