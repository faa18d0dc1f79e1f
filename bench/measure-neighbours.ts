import type { Bench } from './bench.ts'
import { loadRow } from './figures.ts'
import type { Batch } from './load.ts'
import type { Lane } from './load-protocol.ts'
import { validations } from './requests.ts'
import type { RunningSite } from './site.ts'
import { median, shuffle } from './statistics.ts'

/** Something that goes on beside the validation of tokens. */
export interface Neighbour {
  readonly id: string
  readonly name: string
  readonly site: RunningSite
  readonly tokens: readonly string[]
  /** How many times the p99 without it the p99 beside it may be, and how much of the rate must be left. */
  readonly p99AtMost?: number
  readonly rateAtLeast?: number
  makeLane(): Lane
}

const connections = 16
const batchMs = 700
/** More than any server validates in one batch. */
const plenty = 20_000

/** P3 and P4: how much validation feels of what goes on beside it, on the same server. */
export async function measureNeighbour({ load, rounds, scale, report }: Bench, neighbour: Neighbour): Promise<void> {
  const { id, name, site, tokens, p99AtMost, rateAtLeast } = neighbour
  const run = async (beside: readonly Lane[]) => {
    const lane = { port: site.port, connections, requests: validations(site, tokens, plenty) }
    const [batch] = await load.run(site, { lanes: [lane, ...beside], forMs: batchMs * scale })
    return batch as Batch
  }
  const alone: Batch[] = []
  const beside: Batch[] = []
  await run([])
  for (let round = 0; round < Math.ceil(rounds / 2); round++) {
    for (const withNeighbour of shuffle([true, false])) {
      if (withNeighbour) beside.push(await run([neighbour.makeLane()]))
      else alone.push(await run([]))
    }
  }
  const ratio = (pick: (batch: Batch) => number) =>
    median(beside.map((each, round) => pick(each) / pick(alone[round] ?? each)))
  const subject = site.engine
  report.loads.push(
    loadRow(`validation, before ${name}`, subject, alone),
    loadRow(`validation beside ${name}`, subject, beside),
  )
  report.figures.push(
    {
      id,
      subject,
      what: `validation p99 beside ${name}, against alone`,
      value: ratio(({ p99Ms }) => p99Ms),
      unit: '×',
      ...(p99AtMost && { target: { atMost: p99AtMost } }),
    },
    {
      id,
      subject,
      what: `validations/s beside ${name}, against alone`,
      value: ratio(({ perSecond }) => perSecond),
      unit: '×',
      ...(rateAtLeast && { target: { atLeast: rateAtLeast } }),
    },
  )
}
