import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type Context, commit } from '../context.ts'
import { signingKey } from '../crypto/ed25519.ts'
import { hashLeaf } from '../crypto/merkle.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import type { Storage } from '../storage/storage.ts'
import { onBothEngines } from '../storage/test-storage.ts'
import { write } from '../storage/write.ts'
import { systemContext } from '../system-context.ts'
import { openCheckpoint, signCheckpoint } from './checkpoint.ts'
import { eraseEvents } from './erase-events.ts'
import { leafText } from './leaf.ts'
import { record } from './record.ts'
import { sealJob } from './seal.job.ts'
import { findNewestSeal } from './seal.store.ts'
import { append, emptyEdge, rootOfEdge } from './tree.ts'
import { type VerifyOptions, verifyLog } from './verify-log.ts'

const key = signingKey(randomBytes(32))
const publicKeys = [key.publicKey]
const source = { ipAddress: '192.0.2.1', userAgent: 'Firefox/150' }

function contextOf(storage: Storage): Context {
  const world = { now: () => new Date('2026-11-22T12:00:00Z'), random: randomBytes }
  return { ...systemContext({ storage, world }), source }
}

/** Seals these numbers of events one after the other; every third is of one user. */
async function sealedLog(storage: Storage, counts: readonly number[]): Promise<Context> {
  const ctx = contextOf(storage)
  const job = sealJob({ key, origin: 'auth.example.test/audit' })
  for (const count of counts) {
    const events = Array.from({ length: count }, (_, index) =>
      record(ctx, {
        type: 'user.created',
        email: `user-${index}@example.test`,
        ...(index % 3 === 0 && { userId: 'usr_0' as UserId }),
      }),
    )
    assert.ok((await commit(ctx, events)).done)
    while ((await job.run(ctx)) === 'again');
  }
  return ctx
}

/** What somebody does who has the database in hands. */
async function change(ctx: Context, table: keyof Schema, set: object, where: readonly [string, number]) {
  const statement = write<object>('exactlyOne', table, (db) =>
    db
      .updateTable(table)
      .set(set as never)
      .where(where[0] as never, '=', where[1] as never),
  )
  assert.ok((await commit(ctx, [statement({})])).done)
}

async function eventAt(ctx: Context, position: number) {
  const [event] = await ctx.db.search((db) => db.selectFrom('event').selectAll().where('position', '=', position))
  assert.ok(event)
  return event
}

const verify = (ctx: Context, options: Partial<VerifyOptions> = {}) => verifyLog(ctx, { publicKeys, ...options })

onBothEngines('a log that nobody has touched fits, while it grows and when somebody is erased', async (_t, open) => {
  const storage = await open()
  assert.deepEqual(await verify(contextOf(storage)), { fits: true, size: 0, root: rootOfEdge(emptyEdge), gone: 0 })
  const ctx = await sealedLog(storage, [1, 300, 700, 5])
  const done: number[] = []
  const verdict = await verify(ctx, { onProgress: (count, size) => done.push(count / size) })
  assert.ok(verdict.fits)
  assert.equal(verdict.size, 1006)
  assert.equal(done.at(-1), 1)
  assert.ok((await commit(ctx, [eraseEvents(ctx, { id: 'usr_0' as UserId, email: 'zero@example.test' })])).done)
  await sealedLog(storage, [2])
  const later = await verify(ctx)
  assert.ok(later.fits)
  assert.equal(later.size, 1008)
})

onBothEngines('164 whatever was changed in a row, the first position that does not fit is named', async (_t, open) => {
  const ctx = await sealedLog(await open(), [4, 300])
  const event = await eventAt(ctx, 270)
  const other = await eventAt(ctx, 10)
  const changes: Partial<Schema['event']>[] = [
    { type: 'user.updated' },
    { at: event.at + 1 },
    { actor: 'client:portal' },
    { user_id: 'usr_1' },
    { session_id: 'ses_1' },
    { request_id: 'req_1' },
    { client_system: 'portal' },
    { data: '{"a":1}' },
    { data: '{} ' },
    { id: 'evt_other' },
    { tenant_id: 'ten_00000000000000000000000002' },
    { commitment: other.commitment },
    { email: 'somebody.else@example.test' },
    { ip_address: null },
    { salt: randomBytes(16) },
    // Erased in part only.
    { salt: null },
  ]
  for (const set of changes) {
    await change(ctx, 'event', set, ['seq', event.seq])
    const verdict = await verify(ctx)
    assert.equal(!verdict.fits && verdict.position, 270, Object.keys(set).join())
    const { seq, position, ...before } = event
    await change(ctx, 'event', before, ['seq', seq])
    assert.ok((await verify(ctx)).fits)
  }
})

onBothEngines('164 two events swapped, one deleted, the end cut off', async (_t, open) => {
  const ctx = await sealedLog(await open(), [20])
  const [one, two] = [await eventAt(ctx, 7), await eventAt(ctx, 12)]
  await change(ctx, 'event', { position: 1000 }, ['seq', one.seq])
  await change(ctx, 'event', { position: 7 }, ['seq', two.seq])
  await change(ctx, 'event', { position: 12 }, ['seq', one.seq])
  const swapped = await verify(ctx)
  assert.deepEqual(!swapped.fits && [swapped.position, swapped.reason], [
    7,
    `The event (now ${two.id}) is not the one that was sealed.`,
  ])
  await change(ctx, 'event', { position: 1000 }, ['seq', one.seq])
  await change(ctx, 'event', { position: 12 }, ['seq', two.seq])
  await change(ctx, 'event', { position: 7 }, ['seq', one.seq])
  assert.ok((await verify(ctx)).fits)

  const remove = write<object>('exactlyOne', 'event', (db) => db.deleteFrom('event').where('position', '=', 19))
  assert.ok((await commit(ctx, [remove({})])).done)
  const cut = await verify(ctx)
  assert.deepEqual(cut, { fits: false, position: 19, reason: 'The event is missing.' })
  const removeMiddle = write<object>('exactlyOne', 'event', (db) => db.deleteFrom('event').where('position', '=', 3))
  assert.ok((await commit(ctx, [removeMiddle({})])).done)
  assert.deepEqual(await verify(ctx), { fits: false, position: 3, reason: 'The event is missing.' })
})

onBothEngines('164 who changes the hashes as well is found all the same', async (_t, open) => {
  const ctx = await sealedLog(await open(), [256, 3, 250, 100])
  const newest = (await findNewestSeal(ctx.db))!
  const [tile] = await ctx.db.search((db) => db.selectFrom('log_tile').selectAll().where('level', '=', 1))
  assert.ok(tile)
  await change(ctx, 'log_tile', { hashes: Buffer.alloc(tile.hashes.length) }, ['level', 1])
  const above = await verify(ctx)
  assert.equal(!above.fits && above.position, 0)
  await change(ctx, 'log_tile', { hashes: tile.hashes }, ['level', 1])

  // A new log made with care, all but the signature.
  const event = await eventAt(ctx, 600)
  await change(ctx, 'event', { actor: 'client:portal' }, ['seq', event.seq])
  const leaves = await leavesOf(ctx)
  for (const each of append(emptyEdge, leaves).changed) {
    const statement = write<object>('exactlyOne', 'tile', (db) =>
      db
        .updateTable('log_tile')
        .set({ hashes: Buffer.concat(each.hashes) })
        .where('level', '=', each.level)
        .where('number', '=', each.number),
    )
    assert.ok((await commit(ctx, [statement({})])).done)
  }
  const careful = await verify(ctx)
  assert.deepEqual(!careful.fits && [careful.position, careful.reason], [
    509,
    'Somewhere up to position 608 is an event that is not the one that was sealed.',
  ])
  const root = rootOfEdge(append(emptyEdge, leaves).edge)
  const thief = signingKey(randomBytes(32))
  const note = signCheckpoint({ origin: 'auth.example.test/audit', size: leaves.length, root }, thief)
  await change(ctx, 'seal', { root, note }, ['number', newest.number])
  const forged = await verify(ctx)
  assert.equal(!forged.fits && forged.reason, 'The newest checkpoint is not signed by the key of this log.')
})

async function leavesOf(ctx: Context) {
  const rows = await ctx.db.search((db) => db.selectFrom('event').selectAll().orderBy('position'))
  return rows.map((row) => hashLeaf(leafText(row)))
}

onBothEngines('164 a checkpoint that was kept elsewhere shows that a log was begun anew or cut', async (_t, open) => {
  const storage = await open()
  const ctx = await sealedLog(storage, [30, 30])
  const seals = await ctx.db.search((db) => db.selectFrom('seal').selectAll().orderBy('number'))
  const [known, last] = seals.map(({ note }) => openCheckpoint(note, publicKeys)!)
  assert.ok(known && last)
  // As a witness has them, or somebody who keeps some twice.
  assert.ok((await verify(ctx, { known: [last, known, known, last] })).fits)
  assert.ok((await verify(ctx, { known: [known] })).fits)
  const another = { ...known, root: randomBytes(32) }
  const verdict = await verify(ctx, { known: [another] })
  assert.equal(!verdict.fits && verdict.reason, 'The first 30 events are not those of the checkpoint given.')
  const among = await verify(ctx, { known: [known, { ...last, root: known.root }, last] })
  assert.equal(!among.fits && among.reason, 'The first 60 events are not those of the checkpoint given.')
  const longer = await verify(ctx, { known: [{ ...known, size: 61 }] })
  assert.deepEqual(longer, {
    fits: false,
    position: 60,
    reason: 'The checkpoint given is of a longer log: the end is missing.',
  })
  const foreign = await verify(ctx, { known: [{ ...known, origin: 'other.example.test/audit' }] })
  assert.ok(!foreign.fits)
})
