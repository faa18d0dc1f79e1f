import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Bench, Populated } from './bench.ts'
import { readRssMib } from './process-tree.ts'
import { validations } from './requests.ts'
import { findFreePort, program, type Site } from './site.ts'
import { median, shuffle } from './statistics.ts'

/** One way to start a server. */
interface Start {
  readonly name: string
  readonly port: number
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Site['env'] | undefined
  request(): Uint8Array
}

/** P10: from nothing to the first answer, and what memory it then takes. The sites exist and do not run. */
export async function measureStart({ workshop, rounds, report }: Bench, sites: readonly Populated[]): Promise<void> {
  const [any] = sites
  if (!any) return
  const barePort = await findFreePort()
  const request = (site: Site, tokens: readonly string[]) => validations(site, tokens, 1)[0] as Uint8Array
  const bare: Start = {
    name: 'bare Fastify',
    port: barePort,
    file: join(import.meta.dirname, 'bare-server.mjs'),
    args: [String(barePort)],
    request: () => request(any.site, any.tokens),
  }
  const starts: Start[] = [
    bare,
    ...sites.map(({ site, tokens }) => ({
      name: site.engine,
      port: site.port,
      file: program,
      args: ['serve', '--json'],
      env: site.env,
      request: () => request(site, tokens),
    })),
  ]
  const taken = new Map(starts.map((start) => [start, { ms: [] as number[], mib: [] as number[] }]))
  for (let round = 0; round < Math.ceil(rounds / 2); round++) {
    for (const start of shuffle(starts)) {
      const request = start.request()
      const before = performance.now()
      const { pid, stop } = workshop.start(start.file, start.args, { env: start.env })
      await askUntilAnswered(start.port, request)
      taken.get(start)?.ms.push(performance.now() - before)
      taken.get(start)?.mib.push(readRssMib(pid))
      await stop()
    }
  }
  const ofBare = taken.get(bare)
  for (const [{ name }, { ms, mib }] of taken) {
    const about = { id: 'P10', subject: name } as const
    report.figures.push({ ...about, what: 'start to first answer', value: median(ms), unit: 'ms' })
    if (name !== bare.name) {
      report.figures.push({
        ...about,
        what: 'start to first answer, against bare Fastify',
        value: median(ms.map((each, round) => each / (ofBare?.ms[round] ?? Number.NaN))),
        unit: '×',
        target: { atMost: 2 },
      })
    }
    const target = name === bare.name ? {} : { target: { atMost: 120 } }
    report.figures.push({ ...about, what: 'memory after the first answer', value: median(mib), unit: 'MiB', ...target })
  }
}

/** Tries until somebody listens, and waits for the answer. */
async function askUntilAnswered(port: number, request: Uint8Array): Promise<void> {
  const giveUpAt = performance.now() + 30_000
  while (performance.now() < giveUpAt) {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    try {
      await once(socket, 'connect')
      socket.write(request)
      const [chunk] = (await once(socket, 'data')) as [Buffer]
      if (!chunk.toString('latin1', 0, 12).endsWith(' 200'))
        throw new Error(`The first answer was: ${chunk.toString()}`)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error
      await new Promise((resolve) => setTimeout(resolve, 2))
    } finally {
      socket.destroy()
    }
  }
  throw new Error('A server did not answer within 30 seconds of its start.')
}
