import { startBareRoute } from './bare-route.ts'
import type { Bench, Populated } from './bench.ts'
import { loadRow } from './figures.ts'
import type { Batch } from './load.ts'
import { readRssMib } from './process-tree.ts'
import { refusals } from './refusals.ts'
import { logins, validations } from './requests.ts'
import type { RunningSite } from './site.ts'
import { median, shuffle } from './statistics.ts'

/** Of two hundred sign-ins and more the slowest of a hundred is not one alone. */
const batchMs = 5000
/** Until the compiler has seen what a flood calls often: its threads would take the processor from what is measured. */
const warmUpBatches = 3
const refusedPerSecond = 10_000
const refusedConnections = 64
/** Few enough that none is turned away: what is measured is how long a sign-in takes, not how many there can be. */
const signInConnections = 2
const expected = [401, 403, 429]

/**
 * P14: how much sign-in and validation feel of ten thousand refused requests a second; and, to know what of that is the
 * machine's, of the same requests when a bare route beside the server answers them.
 */
export async function measureRefusals(bench: Bench, { site, people, tokens }: Populated<RunningSite>): Promise<void> {
  const { workshop, load, rounds, scale, report } = bench
  const forMs = batchMs * scale
  const { port } = site
  // The load stands for other machines: it takes as little of this one as times of such a length can be measured with.
  const measured = [
    {
      name: 'sign-in',
      restMs: 0.25,
      makeLane: () => ({ port, connections: signInConnections, requests: logins(site, people, 1000) }),
    },
    {
      name: 'validation',
      restMs: 0.12,
      makeLane: () => ({ port, connections: 4, requests: validations(site, tokens, 20_000) }),
    },
  ]
  for (const { name, restMs, makeLane } of measured) {
    /** The flood goes to this port, or there is none. */
    const run = async (port?: number) => {
      // Half as many again: a lane beside the measured one must not run dry.
      const requests = port === undefined ? [] : refusals(site, (refusedPerSecond * forMs * 1.5) / 1000)
      const flood = { connections: refusedConnections, requests, perSecond: refusedPerSecond }
      const lanes = [makeLane(), ...(port === undefined ? [] : [{ ...flood, port }])]
      const [batch, beside] = await load.run(site, { lanes, forMs, restMs }, expected)
      if (batch?.result.statuses.some((status) => status !== 200)) throw new Error(`A ${name} was refused.`)
      return { batch: batch as Batch, beside }
    }
    await run()
    const { beside: first } = await run(site.port)
    for (let i = 1; i < warmUpBatches; i++) await run(site.port)
    const bare = await startBareRoute(workshop, first?.result.samples[429] ?? '')
    const ports = { alone: undefined, flooded: site.port, control: bare.port } as const
    const batches = { alone: [] as Batch[], flooded: [] as Batch[], control: [] as Batch[] }
    const floods: Batch[] = []
    for (let round = 0; round < Math.ceil(rounds / 2); round++) {
      for (const which of shuffle(['alone', 'flooded', 'control'] as const)) {
        const { batch, beside } = await run(ports[which])
        batches[which].push(batch)
        if (beside && which === 'flooded') floods.push(beside)
      }
    }
    await bare.stop()
    const { alone, flooded, control } = batches
    const subject = site.engine
    report.loads.push(
      loadRow(`${name}, before refusals`, subject, alone),
      loadRow(`${name} beside refusals`, subject, flooded),
      loadRow(`${name} beside a flooded bare route`, subject, control),
      loadRow(`refusals beside ${name}`, subject, floods),
    )
    const against = (some: readonly Batch[]) =>
      median(some.map(({ p99Ms }, round) => p99Ms / (alone[round]?.p99Ms ?? p99Ms)))
    const reached = median(floods.map(({ perSecond }) => perSecond))
    const what = `${name} p99 beside ${reached.toFixed(0)} refused a second, against alone`
    // A flood that a busy machine holds back is not the one that the target is about.
    const target = reached >= 0.9 * refusedPerSecond ? { target: { atMost: 2 } } : {}
    report.figures.push(
      { id: 'P14', subject, what, value: against(flooded), unit: '×', ...target },
      { id: '', subject, what: `${name}: the same when a bare route answers them`, value: against(control), unit: '×' },
    )
  }
}

/** P15: what a million refused requests leave in memory. */
export async function measureMemoryOfRefusals(bench: Bench, { site }: Populated<RunningSite>): Promise<void> {
  const { load, scale, report } = bench
  const batches = 10
  const requests = refusals(site, (1_000_000 * scale) / batches)
  const sizes: number[] = []
  const rows: Batch[] = []
  for (let batch = 0; batch < batches; batch++) {
    const lanes = [{ port: site.port, connections: refusedConnections, requests }]
    rows.push(...(await load.run(site, { lanes, forMs: 600_000 }, expected)))
    sizes.push(readRssMib(site.pid))
  }
  const [first = 0] = sizes
  report.loads.push(loadRow('refusals, as many as can be', site.engine, rows))
  report.figures.push({
    id: 'P15',
    subject: site.engine,
    what: 'memory more after a million refused than after a tenth of them',
    value: (sizes.at(-1) ?? 0) - first,
    unit: 'MiB',
    target: { atMost: 20 },
  })
}
