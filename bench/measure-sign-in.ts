import { once } from 'node:events'
import { join } from 'node:path'
import type { Bench, Populated } from './bench.ts'
import { loadRow } from './figures.ts'
import type { Batch } from './load.ts'
import { readCpuMs } from './process-tree.ts'
import { logins } from './requests.ts'
import type { RunningSite } from './site.ts'
import { median, shuffle } from './statistics.ts'
import type { Workshop } from './workshop.ts'

const clients = 16
const batchMs = 1500
/** More than any machine verifies in one batch. */
const plenty = 1000

/** P6: what a sign-in costs beyond its password hash. */
export async function measureSignIn(bench: Bench, { site, people }: Populated<RunningSite>): Promise<void> {
  const { load, report } = bench
  const forMs = batchMs * bench.scale
  const hash = await startRawHash(bench.workshop)
  const signIn = async () => {
    const requests = logins(site, people, plenty)
    const [batch] = await load.run(site, {
      lanes: [{ port: site.port, connections: clients, requests }],
      forMs,
    })
    return batch as Batch
  }
  const raws: RawHashes[] = []
  const ofSite: Batch[] = []
  await hash.run(500)
  for (let round = 0; round < Math.ceil(bench.rounds / 2); round++) {
    for (const subject of shuffle(['ours', 'raw'] as const)) {
      if (subject === 'ours') ofSite.push(await signIn())
      else raws.push(await hash.run(forMs))
    }
  }
  await hash.stop()

  const { engine } = site
  const cpu = median(ofSite.map(({ cpuUs }, round) => cpuUs / (raws[round]?.cpuUs ?? Number.NaN)))
  const rate = median(ofSite.map(({ perSecond }, round) => perSecond / (raws[round]?.perSecond ?? Number.NaN)))
  const about = { id: 'P6', subject: engine, unit: '×' } as const
  report.loads.push(loadRow('sign-in', engine, ofSite))
  report.figures.push(
    { ...about, what: 'CPU of a sign-in against its hash alone', value: cpu, target: { atMost: 1.1 } },
    { ...about, what: 'sign-ins/s against hashes/s', value: rate, target: { atLeast: 0.8 } },
  )
}

interface RawHashes {
  readonly perSecond: number
  readonly cpuUs: number
}

async function startRawHash(workshop: Workshop) {
  const { child, pid, stop } = workshop.start(join(import.meta.dirname, 'raw-hash.ts'), [], {
    on: 'servers',
    channel: true,
  })
  await once(child, 'message')
  return {
    stop,
    async run(forMs: number): Promise<RawHashes> {
      const before = readCpuMs(pid)
      child.send(forMs)
      const [{ count, elapsedMs }] = (await once(child, 'message')) as [{ count: number; elapsedMs: number }]
      return { perSecond: (count * 1000) / elapsedMs, cpuUs: ((readCpuMs(pid) - before) * 1000) / count }
    },
  }
}
