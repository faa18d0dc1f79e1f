import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { defaultPolicy } from '@gatehouse/contract/policy'
import { type Context, commit } from '../context.ts'
import { signingKey } from '../crypto/ed25519.ts'
import { dayMs } from '../kernel/durations.ts'
import type { Storage } from '../storage/storage.ts'
import { onBothEngines } from '../storage/test-storage.ts'
import { write } from '../storage/write.ts'
import { systemContext } from '../system-context.ts'
import { openCheckpoint } from './checkpoint.ts'
import { insertCursor } from './cursor.store.ts'
import { getConsistencyProof, getInclusionProof } from './proofs.ts'
import { pruneEvents } from './prune-events.ts'
import { record } from './record.ts'
import { sealJob } from './seal.job.ts'
import { findNewestSeal } from './seal.store.ts'
import { verifyLog } from './verify-log.ts'

const key = signingKey(randomBytes(32))
const publicKeys = [key.publicKey]
const begun = Date.parse('2026-01-01T00:00:00Z')
const policy = { ...defaultPolicy(), auditDays: 90 }

/** Six hundred events of the first day, and five a day later, sealed. */
async function aged(storage: Storage): Promise<(days: number) => Context> {
  const at = (days: number) =>
    systemContext({ storage, world: { now: () => new Date(begun + days * dayMs), random: randomBytes } })
  const job = sealJob({ key, origin: 'auth.example.test/audit' })
  for (const [days, count] of [
    [0, 600],
    [1, 5],
  ] as const) {
    const ctx = at(days)
    assert.ok(
      (
        await commit(
          ctx,
          Array.from({ length: count }, () => record(ctx, { type: 'user.created' })),
        )
      ).done,
    )
    while ((await job.run(ctx)) === 'again');
  }
  return at
}

const seal = (ctx: Context) => sealJob({ key, origin: 'auth.example.test/audit' }).run(ctx)

onBothEngines('what is old is cleared away, and the proofs of all that is kept hold', async (_t, open) => {
  const at = await aged(await open())
  const before = openCheckpoint((await findNewestSeal(at(1).db))?.note ?? '', publicKeys)
  const prune = pruneEvents({ policy, readers: [] })
  assert.equal(await prune(at(90)), false, 'not on its last day')
  assert.equal(await prune(at(90.5)), true)
  assert.equal(await prune(at(90.5)), false)
  const ctx = at(90.5)
  await seal(ctx)
  assert.deepEqual(await verifyLog(ctx, { publicKeys, known: before ? [before] : [] }), {
    fits: true,
    size: 606,
    root: (await findNewestSeal(ctx.db))?.root,
    gone: 512,
  })
  assert.equal((await getInclusionProof(ctx, { position: 512 })).size, 606)
  await assert.rejects(getInclusionProof(ctx, { position: 511 }), /not_sealed/)
  assert.ok((await getConsistencyProof(ctx, { from: 300 })).hashes.length > 0)
})

onBothEngines('what a reader has not read stays', async (_t, open) => {
  const at = await aged(await open())
  const prune = pruneEvents({ policy, readers: ['notices'] })
  assert.equal(await prune(at(400)), false, 'it has read nothing')
  assert.ok((await commit(at(400), [insertCursor({ reader: 'notices', position: 300 })])).done)
  assert.equal(await prune(at(400)), true)
  const [first] = await at(400).db.search((db) =>
    db.selectFrom('event').select('position').where('position', 'is not', null).orderBy('position').limit(1),
  )
  assert.equal(first?.position, 256)
})

onBothEngines(
  '164 events that somebody else took away are missed, also when whole tiles are gone',
  async (_t, open) => {
    const at = await aged(await open())
    const take = write<{ below: number }>('anyNumber', 'events', (db, p) =>
      db.deleteFrom('event').where('position', '<', p.below),
    )
    assert.ok((await commit(at(1), [take({ below: 256 })])).done)
    assert.deepEqual(await verifyLog(at(1), { publicKeys }), {
      fits: false,
      position: 0,
      reason: 'Events are missing, and no event tells that they were cleared away.',
    })
    // Nor does clearing away the rest account for more than it took.
    assert.ok((await commit(at(1), [take({ below: 300 })])).done)
    const verdict = await verifyLog(at(1), { publicKeys })
    assert.deepEqual(verdict, { fits: false, position: 256, reason: 'The event is missing.' })
  },
)

onBothEngines('164 hashes of events that are gone cannot be changed', async (_t, open) => {
  const at = await aged(await open())
  await pruneEvents({ policy, readers: [] })(at(400))
  await seal(at(400))
  const spoil = write<{ hashes: Uint8Array }>('anyNumber', 'tile', (db, p) =>
    db.updateTable('log_tile').set({ hashes: p.hashes }).where('level', '=', 0).where('number', '=', 0),
  )
  assert.ok((await commit(at(400), [spoil({ hashes: randomBytes(8192) })])).done)
  const verdict = await verifyLog(at(400), { publicKeys })
  assert.deepEqual([verdict.fits, !verdict.fits && verdict.position], [false, 0])
})
