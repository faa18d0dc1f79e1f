import { defaultPolicy } from '@gatehouse/contract/policy'
import type { Bench, Populated } from './bench.ts'
import type { Batch } from './load.ts'
import { logins } from './requests.ts'
import type { RunningSite } from './site.ts'
import { percentile } from './statistics.ts'

const batchMs = 4000
/** As many more as a server can serve. */
const factor = 10

/** P7: what becomes of ten times as many sign-ins as can be served. */
export async function measureOverload(
  { load, scale, report }: Bench,
  { site, people }: Populated<RunningSite>,
): Promise<void> {
  const forMs = batchMs * scale
  const send = async (perSecond: number, connections: number) => {
    const requests = logins(site, people, Math.ceil((perSecond * forMs) / 1000))
    const lanes = [{ port: site.port, connections, requests, perSecond }]
    const [batch] = await load.run(site, { lanes, forMs, restMs: 0.12 }, [503])
    return batch as Batch
  }
  // With no more in flight than this, none is refused, and what is answered is all that can be.
  const capacity = (await send(1000, 16)).perSecond
  // So many connections that one is always free: for those who wait their turn, and for the refusals.
  const { result, answers } = await send(capacity * factor, Math.ceil(capacity * 4) + 64)

  const waits = result.latenciesMs.filter((_, index) => result.statuses[index] === 200)
  const boundSeconds = defaultPolicy().passwordQueueMs / 1000
  const about = { id: 'P7', subject: site.engine }
  report.figures.push(
    {
      ...about,
      what: 'sign-ins offered, against those that can be served',
      value: answers / (forMs / 1000) / capacity,
      unit: '×',
    },
    {
      ...about,
      what: 'of those refused: 503 with Retry-After',
      value: result.retryAfters / (answers - waits.length),
      unit: '×',
      target: { atLeast: 1 },
    },
    {
      ...about,
      what: 'sign-ins/s under overload, against without',
      value: waits.length / (result.elapsedMs / 1000) / capacity,
      unit: '×',
    },
    {
      ...about,
      what: 'longest wait of one that was accepted',
      value: percentile(waits, 1) / 1000,
      unit: 's',
      target: { atMost: boundSeconds },
    },
  )
}
