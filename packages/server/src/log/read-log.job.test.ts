import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type Context, commit } from '../context.ts'
import { signingKey } from '../crypto/ed25519.ts'
import { createJobLoop, type JobLoop } from '../jobs/job-loop.ts'
import { noLeases } from '../jobs/leases.ts'
import type { Storage } from '../storage/storage.ts'
import { onBothEngines } from '../storage/test-storage.ts'
import { type Write, write } from '../storage/write.ts'
import { systemContext } from '../system-context.ts'
import { watchCommits } from '../watch-commits.ts'
import { cursorGuard } from './cursor.store.ts'
import type { LogReader } from './log-reader.ts'
import { readLogJob, settleReaders } from './read-log.job.ts'
import { record } from './record.ts'
import { sealJob } from './seal.job.ts'

const key = signingKey(randomBytes(32))

/** A server's background with these readers, on a clock that a test moves. */
function background(opened: Storage, readers: readonly LogReader[], batch?: number) {
  let nowMs = Date.parse('2026-11-22T12:00:00Z')
  const { storage, onCommit } = watchCommits(opened)
  const failures: string[] = []
  const newContext = (): Context =>
    systemContext({ storage, world: { now: () => new Date(nowMs), random: randomBytes } })
  const report = (error: unknown, job: string) =>
    void failures.push(`${job}: ${error}${error instanceof Error && error.cause ? ` ${error.cause}` : ''}`)
  const reading = readLogJob({ name: 'read', readers, report, ...(batch !== undefined && { batch }) })
  const seal = sealJob({ key, origin: 'log' })
  const jobs = [seal, reading]
  const loop: JobLoop = createJobLoop(jobs, { newContext, leases: noLeases, report })
  onCommit(loop.heard)
  return {
    failures,
    runDue: loop.runDue,
    settle: () => settleReaders(newContext(), readers),
    seal: () => seal.run(newContext()),
    wait(ms: number) {
      nowMs += ms
    },
    async append(count: number) {
      const ctx = newContext()
      const events = Array.from({ length: count }, () => record(ctx, { type: 'user.created' }))
      assert.ok((await commit(ctx, events)).done)
    },
  }
}

type Read = Pick<LogReader, 'name'> & Partial<LogReader> & { readonly seen: number[] }

/** A reader that keeps in mind what it has been shown. */
function noting(name: string, reader: Partial<LogReader> = {}): Read & LogReader {
  const seen: number[] = []
  return {
    name,
    begins: 'oldest',
    ...reader,
    seen,
    async read(ctx, events) {
      const writes = (await reader.read?.(ctx, events)) ?? []
      seen.push(...events.map(({ position }) => position))
      return writes
    },
  }
}

const upTo = (end: number, start = 0) => Array.from({ length: end - start }, (_, index) => start + index)

onBothEngines('readers see every event in order of position, as soon as it is sealed', async (_t, open) => {
  const reader = noting('one')
  const other = noting('two')
  const server = background(await open(), [reader, other], 10)
  await server.append(35)
  await server.runDue()
  await server.append(1)
  await server.runDue()
  assert.deepEqual(reader.seen, upTo(36))
  assert.deepEqual(other.seen, upTo(36))
  assert.deepEqual(server.failures, [])
})

onBothEngines('a reader goes on after a restart where it was; a new one begins where it wants to', async (_t, open) => {
  const storage = await open()
  const before = background(storage, [noting('one')])
  await before.append(5)
  await before.runDue()
  before.wait(60_000)
  await before.runDue()
  const one = noting('one')
  const oldest = noting('new')
  const now = noting('newer', { begins: 'now' })
  const after = background(storage, [one, oldest, now])
  await after.runDue()
  await after.append(2)
  await after.runDue()
  assert.deepEqual(one.seen, [5, 6])
  assert.deepEqual(oldest.seen, upTo(7))
  assert.deepEqual(now.seen, [5, 6])
})

onBothEngines('a reader that begins now is shown what happens before its first pass', async (_t, open) => {
  const storage = await open()
  const reader = noting('new', { begins: 'now' })
  const server = background(storage, [reader])
  await server.append(3)
  await server.seal()
  await server.settle()
  await server.append(2)
  await server.seal()
  await server.runDue()
  assert.deepEqual(reader.seen, [3, 4])
})

/** Counts in the database how often each position had its effect; a second time would fail. */
const markOf = (position: number): Write =>
  write<object>('insertedOnce', 'mark', (db) =>
    db
      .insertInto('log_cursor')
      .values({ reader: `mark ${position}`, position })
      .onConflict((on) => on.doNothing()),
  )({})

onBothEngines('what a reader writes is done once, however many nodes run it', async (_t, open) => {
  const storage = await open()
  const marking = () =>
    noting('marks', { read: async (_ctx, events) => events.map(({ position }) => markOf(position)) })
  const nodes = Array.from({ length: 4 }, () => background(storage, [marking()], 3))
  await nodes[0]!.append(20)
  await Promise.all(nodes.map((node) => node.runDue()))
  for (const node of nodes) node.wait(60_000)
  await Promise.all(nodes.map((node) => node.runDue()))
  const marks = await storage.search((db) => db.selectFrom('log_cursor').selectAll().where('reader', 'like', 'mark %'))
  assert.deepEqual(
    marks.map(({ position }) => position).toSorted((one, two) => one - two),
    upTo(20),
  )
})

onBothEngines('a reader that fails holds back only itself, and loses nothing', async (_t, open) => {
  let isBroken = true
  const broken = noting('broken', {
    read: async () => {
      if (isBroken) throw new Error('no luck')
      return []
    },
  })
  const guarded = noting('guarded', {
    read: async () =>
      isBroken
        ? [write<object>('exactlyOne', 'nobody there', (db) => db.deleteFrom('user').where('id', '=', 'usr_0'))({})]
        : [],
  })
  const sound = noting('sound')
  const server = background(await open(), [broken, guarded, sound])
  await server.append(3)
  await server.runDue()
  assert.deepEqual(sound.seen, upTo(3))
  assert.deepEqual(broken.seen, [])
  assert.match(server.failures.join('\n'), /read broken: Error: no luck/)
  assert.match(
    server.failures.join('\n'),
    /guarded stands at position 0 of the log\. Error: "nobody there" was in its way/,
  )
  isBroken = false
  guarded.seen.length = 0
  server.wait(120_000)
  await server.runDue()
  assert.deepEqual(broken.seen, upTo(3))
  assert.deepEqual(guarded.seen, upTo(3))
})

onBothEngines(
  'readers with nothing to write write nothing, and all that there is to write is one commit',
  async (_t, open) => {
    const storage = await open()
    const commits: number[] = []
    const counting: Storage = {
      ...storage,
      commit(writes, owed) {
        if (writes.some(({ guardName }) => guardName === cursorGuard)) commits.push(writes.length)
        return storage.commit(writes, owed)
      },
    }
    const quiet = [noting('one'), noting('two')]
    const busy = noting('three', {
      read: async (_ctx, events) => events.flatMap(({ position }) => (position === 1 ? [markOf(position)] : [])),
    })
    const server = background(counting, [...quiet, busy])
    await server.append(1)
    await server.runDue()
    assert.deepEqual(commits, [], 'nobody had anything to write')
    await server.append(1)
    await server.runDue()
    assert.deepEqual(commits, [4], 'three places and a mark')
    await server.append(1)
    await server.runDue()
    assert.equal(commits.length, 1)
    server.wait(60_000)
    await server.runDue()
    assert.deepEqual(commits, [4, 3], 'places are kept all the same, later')
    for (const { seen } of quiet) assert.deepEqual(seen, upTo(3))
    const again = noting('one')
    await background(storage, [again]).runDue()
    assert.deepEqual(again.seen, [], 'nothing comes again')
  },
)

onBothEngines('one that begins with the oldest holds nobody up, and joins the others', async (_t, open) => {
  const storage = await open()
  const before = background(storage, [noting('one')])
  await before.append(30)
  await before.runDue()
  before.wait(60_000)
  await before.runDue()
  const order: string[] = []
  const telling = (name: string) =>
    noting(name, {
      read: async (_ctx, events) => {
        order.push(...events.map(({ position }) => `${name} ${position}`))
        return []
      },
    })
  const after = background(storage, [telling('one'), telling('late')], 10)
  await after.append(1)
  await after.runDue()
  assert.ok(order.indexOf('one 30') < order.indexOf('late 10'), 'the one in front did not wait')
  assert.deepEqual(
    order.filter((each) => each.startsWith('late')),
    upTo(31).map((position) => `late ${position}`),
  )
})
