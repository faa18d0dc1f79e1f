import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Storage } from '../storage/storage.ts'
import { type Write, write } from '../storage/write.ts'
import { systemContext } from '../system-context.ts'
import type { Job } from './job.ts'
import { createJobLoop, type JobLoop } from './job-loop.ts'
import { noLeases } from './leases.ts'

/** A machine whose time goes on when the test says so, and which then calls who asked to be called. */
function machine() {
  let nowMs = Date.parse('2026-11-22T12:00:00Z')
  /** What timers go by: it is not set back with the clock. */
  let uptimeMs = 0
  let waiting: { readonly at: number; readonly run: () => void }[] = []
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  return {
    now: () => new Date(nowMs),
    timers: {
      after(ms: number, run: () => void) {
        const call = { at: uptimeMs + ms, run }
        waiting.push(call)
        return () => {
          waiting = waiting.filter((each) => each !== call)
        }
      },
    },
    calls: () => waiting.length,
    setBack(ms: number) {
      nowMs -= ms
    },
    /** Goes on in small steps and lets everything run that begins on the way. */
    async goOn(ms: number) {
      for (let left = ms; left >= 0; left -= 100) {
        const due = waiting.filter(({ at }) => at <= uptimeMs)
        waiting = waiting.filter(({ at }) => at > uptimeMs)
        for (const { run } of due) run()
        await turn()
        if (left === 0) return
        nowMs += 100
        uptimeMs += 100
      }
    },
  }
}

type Machine = ReturnType<typeof machine>

function loopOf(on: Machine, jobs: readonly Job[], failures: string[] = []): JobLoop {
  const newContext = () => systemContext({ storage: {} as Storage, world: { now: on.now, random: randomBytes } })
  return createJobLoop(jobs, {
    newContext,
    leases: noLeases,
    report: (error, job) => failures.push(`${job}: ${error}`),
  })
}

/** A job that writes down the seconds at which it ran. */
function notingJob(on: Machine, job: Partial<Job> & Pick<Job, 'name'>): Job & { readonly ranAt: number[] } {
  const start = on.now().getTime()
  const ranAt: number[] = []
  return {
    everyMs: 10_000,
    ranAt,
    ...job,
    async run(ctx) {
      ranAt.push((ctx.now.getTime() - start) / 1000)
      return job.run ? job.run(ctx) : 'done'
    },
  }
}

test('jobs run at the start and then in their own time', async () => {
  const on = machine()
  const often = notingJob(on, { name: 'often', everyMs: 10_000 })
  const seldom = notingJob(on, { name: 'seldom', everyMs: 25_000 })
  loopOf(on, [often, seldom]).start(on.timers)
  await on.goOn(31_000)
  assert.deepEqual(often.ranAt, [0, 10, 20, 30])
  assert.deepEqual(seldom.ranAt, [0, 25])
  assert.equal(on.calls(), 1, 'one timer')
})

test('a job that fails is reported, waits longer each time, and holds up no other', async () => {
  const on = machine()
  const failures: string[] = []
  let isBroken = true
  const broken = notingJob(on, {
    name: 'broken',
    everyMs: 500_000,
    run: async () => {
      if (isBroken) throw new Error('no luck')
      return 'done'
    },
  })
  const other = notingJob(on, { name: 'other', everyMs: 10_000 })
  const loop = loopOf(on, [broken, other], failures)
  loop.start(on.timers)
  await on.goOn(31_000)
  assert.deepEqual(broken.ranAt, [0, 1, 3, 7, 15, 31])
  assert.deepEqual(other.ranAt, [0, 10, 20, 30])
  assert.deepEqual(new Set(failures), new Set(['broken: Error: no luck']))
  loop.wake('broken')
  await on.goOn(1000)
  assert.equal(broken.ranAt.at(-1), 31, 'to wake it does not shorten the wait')
  await on.goOn(300_000)
  assert.deepEqual(broken.ranAt.slice(6), [63, 123, 183, 243, 303])
  isBroken = false
  await on.goOn(60_000)
  const recovered = broken.ranAt.at(-1)!
  assert.equal(recovered, 363)
  loop.wake('broken')
  await on.goOn(100)
  assert.equal(broken.ranAt.length, 13, 'it waits no more')
})

test('a job that is woken runs at once, once more if it was running, and rests between two runs if it wants to', async () => {
  const on = machine()
  const done: ((result: 'done') => void)[] = []
  const slow = notingJob(on, { name: 'slow', run: () => new Promise((resolve) => done.push(resolve)) })
  const calm = notingJob(on, { name: 'calm', restMs: 1000 })
  const loop = loopOf(on, [slow, calm])
  loop.start(on.timers)
  await on.goOn(2000)
  for (const _ of [1, 2, 3]) loop.wake('slow')
  loop.wake('calm')
  await on.goOn(200)
  loop.wake('calm')
  await on.goOn(200)
  assert.deepEqual(slow.ranAt, [0])
  done.shift()?.('done')
  await on.goOn(1000)
  assert.deepEqual(slow.ranAt, [0, 2.5])
  assert.deepEqual(calm.ranAt, [0, 2, 3])
})

test('a job that has more to do goes on, also when nobody wakes it', async () => {
  const on = machine()
  let left = 3
  const job = notingJob(on, { name: 'long', run: async () => (--left > 0 ? 'again' : 'done') })
  loopOf(on, [job]).start(on.timers)
  await on.goOn(1000)
  assert.deepEqual(job.ranAt.length, 3)
})

test('a commit wakes the jobs that its writes are for', async () => {
  const on = machine()
  const kind = (name: string): Write => write('anyNumber', name, (db) => db.deleteFrom('lease'))({})
  const mail = notingJob(on, { name: 'mail', wokenBy: ({ guardName }) => guardName === 'message' })
  const seal = notingJob(on, { name: 'seal', wokenBy: ({ guardName }) => guardName === 'event' })
  const loop = loopOf(on, [mail, seal])
  loop.start(on.timers)
  await on.goOn(1000)
  loop.heard([kind('user'), kind('event')])
  await on.goOn(100)
  loop.heard([kind('user')])
  await on.goOn(100)
  assert.equal(mail.ranAt.length, 1)
  assert.equal(seal.ranAt.length, 2)
})

test('a clock that is set back makes no job wait for the old time', async () => {
  const on = machine()
  const job = notingJob(on, { name: 'job', everyMs: 10_000 })
  loopOf(on, [job]).start(on.timers)
  await on.goOn(1000)
  on.setBack(3_600_000)
  await on.goOn(31_000)
  assert.deepEqual(job.ranAt, [0, -3590, -3580, -3570])
})

test('stopping lets what runs finish and begins nothing more', async () => {
  const on = machine()
  const done: ((result: 'done') => void)[] = []
  const slow = notingJob(on, { name: 'slow', run: () => new Promise((resolve) => done.push(resolve)) })
  const again = notingJob(on, { name: 'again', everyMs: 100 })
  const loop = loopOf(on, [slow, again])
  loop.start(on.timers)
  await on.goOn(0)
  let isStopped = false
  const stopping = loop.stop().then(() => {
    isStopped = true
  })
  loop.wake('slow')
  const ran = again.ranAt.length
  await on.goOn(20_000)
  assert.equal(isStopped, false)
  assert.equal(again.ranAt.length, ran)
  done.shift()?.('done')
  await stopping
  await on.goOn(20_000)
  assert.deepEqual(slow.ranAt, [0])
  assert.equal(on.calls(), 0)
})

test('by hand: what is due or woken runs until nothing is, and no timer is needed', async () => {
  const on = machine()
  let left = 3
  let seconds = 0
  const loop: JobLoop = loopOf(on, [
    notingJob(on, {
      name: 'first',
      async run() {
        if (--left > 0) return 'again'
        loop.wake('second')
        return 'done'
      },
    }),
    notingJob(on, {
      name: 'second',
      restMs: 1000,
      async run() {
        seconds++
        return 'done'
      },
    }),
  ])
  await loop.runDue()
  assert.equal(left, 0)
  assert.equal(seconds, 2)
  await loop.runDue()
  assert.deepEqual([left, seconds], [0, 2], 'nothing is due')
})
