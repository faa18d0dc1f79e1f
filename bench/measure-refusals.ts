import type { Bench, Populated } from './bench.ts'
import { loadRow } from './figures.ts'
import type { Batch } from './load.ts'
import { readRssMib } from './process-tree.ts'
import { refusals } from './refusals.ts'
import { logins, validations } from './requests.ts'
import type { RunningSite } from './site.ts'
import { median, shuffle } from './statistics.ts'

const batchMs = 3000
const refusedPerSecond = 10_000
const refusedConnections = 64
/** Few enough that none is turned away: what is measured is how long a sign-in takes, not how many there can be. */
const signInConnections = 2
const expected = [401, 403, 429]

/** P14: how much sign-in and validation feel of ten thousand refused requests a second. */
export async function measureRefusals(bench: Bench, { site, people, tokens }: Populated<RunningSite>): Promise<void> {
  const { load, rounds, scale, report } = bench
  const forMs = batchMs * scale
  const lanes = {
    'sign-in': () => ({ port: site.port, connections: signInConnections, requests: logins(site, people, 1000) }),
    validation: () => ({ port: site.port, connections: 4, requests: validations(site, tokens, 20_000) }),
  }
  for (const [name, makeLane] of Object.entries(lanes)) {
    const run = async (isFlooded: boolean) => {
      // Half as many again: a lane beside the measured one must not run dry.
      const requests = refusals(site, isFlooded ? (refusedPerSecond * forMs * 1.5) / 1000 : 0)
      const flood = { port: site.port, connections: refusedConnections, requests, perSecond: refusedPerSecond }
      const [batch, beside] = await load.run(
        site,
        { lanes: [makeLane(), ...(isFlooded ? [flood] : [])], forMs },
        expected,
      )
      if (batch?.result.statuses.some((status) => status !== 200)) throw new Error(`A ${name} was refused.`)
      return { batch: batch as Batch, beside }
    }
    await run(false)
    const alone: Batch[] = []
    const flooded: Batch[] = []
    const floods: Batch[] = []
    for (let round = 0; round < Math.ceil(rounds / 2); round++) {
      for (const isFlooded of shuffle([true, false])) {
        const { batch, beside } = await run(isFlooded)
        if (isFlooded) flooded.push(batch)
        else alone.push(batch)
        if (beside) floods.push(beside)
      }
    }
    const subject = site.engine
    report.loads.push(
      loadRow(`${name}, before refusals`, subject, alone),
      loadRow(`${name} beside refusals`, subject, flooded),
      loadRow(`refusals beside ${name}`, subject, floods),
    )
    report.figures.push({
      id: 'P14',
      subject,
      what: `${name} p99 beside 10,000 refused a second, against alone`,
      value: median(flooded.map(({ p99Ms }, round) => p99Ms / (alone[round]?.p99Ms ?? p99Ms))),
      unit: '×',
      target: { atMost: 2 },
    })
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
