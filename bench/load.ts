import { once } from 'node:events'
import { join } from 'node:path'
import type { FromLoad, LaneResult, LoadTask, ToLoad } from './load-protocol.ts'
import { readCpuMs } from './process-tree.ts'
import { percentile } from './statistics.ts'
import type { Workshop } from './workshop.ts'

/** What one batch says of a lane. */
export interface Batch {
  readonly answers: number
  readonly perSecond: number
  /** Processor time of the server's process tree for each answer of all lanes, in microseconds. */
  readonly cpuUs: number
  readonly databaseCpuUs: number | undefined
  readonly p50Ms: number
  readonly p99Ms: number
  readonly result: LaneResult
}

/** The root of a server's process tree, and that of its database where it has one of its own. */
interface Server {
  readonly pid: number
  readonly databasePid?: number | undefined
}

export interface Load {
  /**
   * Runs one batch against the server; one answer for each lane.
   * @throws Error when an answer has another status than 200 or one of `alsoExpected`
   */
  run(server: Server, task: LoadTask, alsoExpected?: readonly number[]): Promise<Batch[]>
}

/** Starts the process that makes the load. */
export async function startLoad(workshop: Workshop): Promise<Load> {
  const { child } = workshop.start(join(import.meta.dirname, 'load-client.ts'), [], { on: 'load', channel: true })
  const gone = once(child, 'exit').then(() => Promise.reject(new Error('The process that makes the load has ended.')))
  gone.catch(() => {})
  const nextMessage = () => Promise.race([once(child, 'message').then(([message]) => message as FromLoad), gone])
  const send = (message: ToLoad) => child.send(message)
  await nextMessage()
  return {
    async run({ pid, databasePid }, task, alsoExpected = []) {
      send(task)
      await nextMessage()
      const before = { server: readCpuMs(pid), database: databasePid && readCpuMs(databasePid) }
      send('go')
      const results = (await nextMessage()) as readonly LaneResult[]
      const answers = results.reduce((sum, { statuses }) => sum + statuses.length, 0)
      const usEach = (now: number, then: number) => ((now - then) * 1000) / answers
      const cpuUs = usEach(readCpuMs(pid), before.server)
      const databaseCpuUs = databasePid && usEach(readCpuMs(databasePid), before.database ?? 0)
      send('hang up')
      return results.map((result, index) => {
        check(result, [200, ...alsoExpected])
        if (index > 0 && result.ranDry) throw new Error('A lane beside the measured one ran out of requests.')
        return { ...describe(result), cpuUs, databaseCpuUs }
      })
    },
  }
}

function describe(result: LaneResult): Omit<Batch, 'cpuUs' | 'databaseCpuUs'> {
  const { latenciesMs, elapsedMs } = result
  return {
    answers: latenciesMs.length,
    perSecond: (latenciesMs.length * 1000) / elapsedMs,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    result,
  }
}

function check({ samples }: LaneResult, expected: readonly number[]): void {
  const unexpected = Object.entries(samples).find(([status]) => !expected.includes(Number(status)))
  if (unexpected) throw new Error(`The load met an answer that it did not expect:\n${unexpected[1]}`)
}
