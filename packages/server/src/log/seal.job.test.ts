import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import pg from 'pg'
import { type Context, commit } from '../context.ts'
import { signingKey } from '../crypto/ed25519.ts'
import { hashLeaf, rootOf } from '../crypto/merkle.ts'
import { openPostgres } from '../storage/open-postgres.ts'
import type { Storage } from '../storage/storage.ts'
import { createDatabase, onBothEngines } from '../storage/test-storage.ts'
import { write } from '../storage/write.ts'
import { systemContext } from '../system-context.ts'
import { openCheckpoint } from './checkpoint.ts'
import { leafText } from './leaf.ts'
import { record } from './record.ts'
import { sealJob } from './seal.job.ts'
import { listSeals } from './seal.store.ts'

const key = signingKey(randomBytes(32))
const now = new Date('2026-11-22T12:00:00Z')
const contextOf = (storage: Storage): Context =>
  systemContext({ storage, world: { now: () => now, random: randomBytes } })
const newJob = () => sealJob({ key, origin: 'auth.example.test/audit' })

async function append(storage: Storage, count: number): Promise<void> {
  const ctx = contextOf(storage)
  const events = Array.from({ length: count }, (_, index) => record(ctx, { type: 'user.created', data: { index } }))
  const { done } = await commit(ctx, events)
  assert.ok(done)
}

async function sealAll(storage: Storage, job = newJob()): Promise<void> {
  while ((await job.run(contextOf(storage))) === 'again');
}

const readAll = (storage: Storage) => storage.search((db) => db.selectFrom('event').selectAll().orderBy('seq'))

/** All that must be true of a log at rest, whoever sealed it and in whichever pieces. */
async function assertSealed(storage: Storage, size: number): Promise<void> {
  const events = (await readAll(storage)).toSorted((one, two) => one.position! - two.position!)
  assert.deepEqual(
    events.map(({ position }) => position),
    Array.from({ length: size }, (_, index) => index),
  )
  const leaves = events.map((event) => hashLeaf(leafText(event)))
  const seals = await listSeals(storage, 0, 1000)
  assert.equal(seals.at(-1)?.size, size)
  for (const [index, seal] of seals.entries()) {
    assert.equal(seal.number, index + 1)
    assert.deepEqual(Buffer.from(seal.root), Buffer.from(rootOf(leaves.slice(0, seal.size))))
    const { size: signedSize, root } = openCheckpoint(seal.note, [key.publicKey])!
    assert.deepEqual([signedSize, Buffer.from(root)], [seal.size, Buffer.from(seal.root)])
  }
}

onBothEngines(
  'events get dense positions in order of insertion, in seals that build on each other',
  async (_t, open) => {
    const storage = await open()
    const job = newJob()
    for (const count of [1, 3, 250, 1, 1200]) {
      await append(storage, count)
      await sealAll(storage, job)
    }
    await assertSealed(storage, 1455)
    const inOrder = (await readAll(storage)).map(({ position }) => position)
    assert.deepEqual(
      inOrder,
      inOrder.toSorted((one, two) => one! - two!),
    )
    assert.equal(await job.run(contextOf(storage)), 'done')
    assert.equal((await listSeals(storage, 0, 100)).length, 7, 'nothing new, no new seal')
  },
)

onBothEngines('whoever comes after a restart goes on where the last one was', async (_t, open) => {
  const storage = await open()
  for (const count of [255, 1, 1, 300]) {
    await append(storage, count)
    await sealAll(storage)
  }
  await assertSealed(storage, 557)
})

onBothEngines('nodes that seal at the same time do no harm', async (_t, open) => {
  const storage = await open()
  const jobs = Array.from({ length: 4 }, newJob)
  for (let round = 0; round < 5; round++) {
    const working = [append(storage, 7), ...jobs.map((job) => job.run(contextOf(storage))), append(storage, 300)]
    await Promise.all(working)
  }
  await sealAll(storage)
  await assertSealed(storage, 1535)
})

test('an event that comes to light late gets its position and moves nobody', async (t) => {
  const { url, drop } = await createDatabase({ migrated: true })
  const storage = await openPostgres({ url })
  const slow = new pg.Client({ connectionString: url })
  await slow.connect()
  t.after(async () => {
    await slow.end()
    await storage.close()
    await drop()
  })
  await slow.query('begin')
  const values = `'evt_late', 'ten_1', 'user.created', 1, 'system', '{}', '\\x00'`
  await slow.query(`insert into event (id, tenant_id, type, at, actor, data, commitment) values (${values})`)
  const job = newJob()
  await append(storage, 5)
  await sealAll(storage, job)
  const before = (await readAll(storage)).map(({ id }) => id)
  await slow.query('commit')
  await append(storage, 1)
  await sealAll(storage, job)
  const after = (await readAll(storage)).toSorted((one, two) => one.position! - two.position!).map(({ id }) => id)
  assert.deepEqual(after.slice(0, 6), [...before, 'evt_late'])
  await assertSealed(storage, 7)
})

test('an event that comes to light between reading and sealing is sealed with the next try', async (t) => {
  const { url, drop } = await createDatabase({ migrated: true })
  const storage = await openPostgres({ url })
  const slow = new pg.Client({ connectionString: url })
  await slow.connect()
  t.after(async () => {
    await slow.end()
    await storage.close()
    await drop()
  })
  await append(storage, 2)
  await slow.query('begin')
  const values = `'evt_late', 'ten_1', 'user.created', 1, 'system', '{}', '\\x00'`
  await slow.query(`insert into event (id, tenant_id, type, at, actor, data, commitment) values (${values})`)
  await append(storage, 2)
  const raced: Storage = {
    ...storage,
    async commit(writes, owed) {
      await slow.query('commit')
      return storage.commit(writes, owed)
    },
  }
  const job = newJob()
  assert.equal(await job.run(contextOf(raced)), 'again')
  assert.equal((await listSeals(storage, 0, 10)).length, 0)
  await sealAll(storage, job)
  await assertSealed(storage, 5)
})

onBothEngines('a log whose hashes were changed is not sealed any further', async (_t, open) => {
  const storage = await open()
  await append(storage, 3)
  await sealAll(storage)
  const damage = write<object>('exactlyOne', 'tile', (db) =>
    db.updateTable('log_tile').set({ hashes: Buffer.alloc(96) }),
  )
  assert.ok((await storage.commit([damage({})], [])).done)
  await append(storage, 1)
  await assert.rejects(sealAll(storage), /does not fit its last seal of 3 events/)
  assert.equal((await listSeals(storage, 0, 10)).length, 1)
})
