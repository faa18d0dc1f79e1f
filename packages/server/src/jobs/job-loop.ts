import { type Context, settle } from '../context.ts'
import { minuteMs, secondMs } from '../kernel/durations.ts'
import type { Write } from '../storage/write.ts'
import type { Job } from './job.ts'
import type { Leases } from './leases.ts'

/** The one thing that a loop needs of the machine besides its clock. */
export interface Timers {
  /** Calls `run` after a while; what it answers with calls that off. */
  after(ms: number, run: () => void): () => void
}

export interface JobLoopTools {
  /** The view of the world of one run. */
  readonly newContext: () => Context
  readonly leases: Leases
  /** Tells the operator of a job that failed. */
  readonly report: (error: unknown, job: string) => void
}

/** Runs jobs, each at most once at a time on this node and all beside each other. */
export interface JobLoop {
  /** From now on jobs run by themselves. */
  start(timers: Timers): void
  /** Runs a job at once, or once more if it is running. One that has failed keeps its wait. */
  wake(name: string): void
  /** Wakes the jobs that are woken by what was committed. */
  heard(writes: readonly Write[]): void
  /** For tests, in place of `start`: runs what is due by the clock or was woken, until nothing is. */
  runDue(): Promise<void>
  /** Lets what runs finish and begins nothing more. */
  stop(): Promise<void>
}

interface State {
  readonly job: Job
  startedMs: number | undefined
  woken: boolean
  hasMore: boolean
  failures: number
  running: Promise<void> | undefined
}

const longestWaitMs = minuteMs

/** How long a job has to wait now. A clock that was set back makes nothing wait. */
function waitOf(state: State, nowMs: number): number {
  const { job, startedMs, failures } = state
  if (startedMs === undefined || nowMs < startedMs || (state.hasMore && failures === 0)) return 0
  const gapMs =
    failures > 0
      ? Math.min(longestWaitMs, secondMs * 2 ** (failures - 1))
      : state.woken
        ? Math.min(job.restMs ?? 0, job.everyMs)
        : job.everyMs
  return Math.max(0, startedMs + gapMs - nowMs)
}

export function createJobLoop(jobs: readonly Job[], { newContext, leases, report }: JobLoopTools): JobLoop {
  const states: readonly State[] = jobs.map((job) => ({
    job,
    startedMs: undefined,
    woken: false,
    hasMore: false,
    failures: 0,
    running: undefined,
  }))
  let timers: Timers | undefined
  let callOff: (() => void) | undefined
  let stopped = false

  const nowMs = () => newContext().now.getTime()
  const idle = () => states.filter(({ running }) => running === undefined)

  /** One timer for all: set for whichever job is next. */
  function arm(): void {
    callOff?.()
    callOff = undefined
    if (!timers || stopped) return
    const at = nowMs()
    const next = Math.min(...idle().map((state) => waitOf(state, at)))
    if (Number.isFinite(next)) callOff = timers.after(next, runNext)
  }

  function runNext(): void {
    const at = nowMs()
    for (const state of idle()) if (waitOf(state, at) === 0) begin(state)
    arm()
  }

  function begin(state: State): void {
    state.running = run(state).finally(() => {
      state.running = undefined
      arm()
    })
  }

  async function run(state: State): Promise<void> {
    const { job } = state
    const ctx = newContext()
    state.startedMs = ctx.now.getTime()
    state.woken = false
    state.hasMore = false
    try {
      if (job.onEveryNode || (await leases.hold(ctx, job.name))) state.hasMore = (await job.run(ctx)) === 'again'
      await settle(ctx)
      state.failures = 0
    } catch (error) {
      state.failures++
      report(error, job.name)
    }
  }

  function rouse(state: State): void {
    if (state.woken) return
    state.woken = true
    if (state.running === undefined) arm()
  }

  return {
    start(given) {
      timers = given
      arm()
    },
    wake(name) {
      for (const state of states) if (state.job.name === name) rouse(state)
    },
    heard(writes) {
      for (const state of states) {
        const { wokenBy } = state.job
        if (!state.woken && wokenBy && writes.some(wokenBy)) rouse(state)
      }
    },
    async runDue() {
      for (;;) {
        const at = nowMs()
        const isDue = (state: State) => waitOf(state, at) === 0 || (state.woken && state.failures === 0)
        for (const state of idle()) if (isDue(state)) begin(state)
        const running = states.flatMap((state) => (state.running ? [state.running] : []))
        const left = states.flatMap(({ job }) => job.underWay?.() ?? [])
        if (running.length === 0 && left.length === 0) return
        await Promise.all([...running, ...left])
      }
    },
    async stop() {
      stopped = true
      callOff?.()
      for (const { job } of states) job.letGo?.()
      await Promise.all(states.map(({ running }) => running))
      await Promise.all(states.flatMap(({ job }) => job.underWay?.() ?? []))
      await leases.release(newContext()).catch((error: unknown) => report(error, 'leases'))
    },
  }
}
