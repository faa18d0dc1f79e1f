import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { operatorContext } from '../operator-context.ts'
import type { Storage } from '../storage/storage.ts'
import { onBothEngines } from '../storage/test-storage.ts'
import { write } from '../storage/write.ts'
import { insertKey, type KeyRow, listKeyRows, removeReplacedKey } from './key.store.ts'
import { openKeyring, settleMs } from './keyring.ts'
import { retireKey } from './retire-key.ts'
import { revokeTokenRoot } from './revoke-key.ts'
import { rotateKey } from './rotate-key.ts'
import { wrappingKeys } from './wrapping-keys.ts'

const moment = { now: new Date('2026-11-21T12:00:00Z'), random: (bytes: number) => randomBytes(bytes) }
const key = createSecretKey(randomBytes(32))
const k1 = wrappingKeys({ id: 'k1', key })
const later = (ms: number) => new Date(moment.now.getTime() + ms)
const home = { table: 'factor', row: 'fac_1', column: 'data', tenant: 'ten_1', purpose: 'totp' }

const alterKey = write<Pick<KeyRow, 'id' | 'wrapped' | 'replaced_at'>>('exactlyOne', 'key is there', (db, row) =>
  db.updateTable('key').set({ wrapped: row.wrapped, replaced_at: row.replaced_at }).where('id', '=', row.id),
)

async function getRow(storage: Storage, purpose: KeyRow['purpose']): Promise<KeyRow> {
  const row = (await listKeyRows(storage)).find((one) => one.purpose === purpose)
  assert.ok(row)
  return row
}

function isStartError(...sentences: readonly RegExp[]) {
  return (error: unknown) => {
    assert.ok(error instanceof Error && error.name === 'StartError', String(error))
    for (const sentence of sentences) assert.match(error.message, sentence)
    return true
  }
}

onBothEngines('the first start makes one wrapped key for each purpose', async (_t, open) => {
  const storage = await open()
  const keys = await openKeyring(storage, k1, moment)
  const rows = await listKeyRows(storage)
  assert.deepEqual(rows.map(({ purpose }) => purpose).sort(), ['data', 'log', 'pepper', 'token_root', 'vapid'])
  for (const row of rows) {
    assert.match(row.id, /^key_[0-9a-z]{26}$/)
    assert.equal(row.wrapped_by, 'k1')
    assert.equal(row.created_at, moment.now.getTime())
    assert.equal(row.replaced_at, null)
  }
  assert.equal(keys.pepper.secret.length, 32)
  assert.equal(keys.tokenRoot.key.symmetricKeySize, 32)
  const pepper = await getRow(storage, 'pepper')
  assert.equal(pepper.id, keys.pepper.id)
  assert.equal(Buffer.from(pepper.wrapped).includes(keys.pepper.secret), false)
})

onBothEngines('a later start finds the same keys and what they have sealed', async (_t, open) => {
  const storage = await open()
  const first = await openKeyring(storage, k1, moment)
  const sealed = first.seal('a secret', home, moment)
  await storage.close()
  const again = await open()
  const later = await openKeyring(again, k1, { ...moment, random: () => assert.fail('a key was made') })
  assert.equal(later.open(sealed, home).toString(), 'a secret')
  assert.equal(later.tokenRoot.id, first.tokenRoot.id)
  assert.ok(later.tokenRoot.key.equals(first.tokenRoot.key))
  assert.deepEqual(later.pepper, first.pepper)
})

onBothEngines('keys are found by their ids, each in its own purpose', async (_t, open) => {
  const keys = await openKeyring(await open(), k1, moment)
  assert.equal(keys.tokenRoots[0], keys.tokenRoot)
  assert.deepEqual(keys.findPepper(keys.pepper.id), keys.pepper.secret)
  assert.equal(keys.findPepper(keys.tokenRoot.id), undefined)
})

onBothEngines('a sealed value opens in its home only', async (_t, open) => {
  const keys = await openKeyring(await open(), k1, moment)
  const sealed = keys.seal(Uint8Array.of(1, 2, 3), home, moment)
  assert.deepEqual([...keys.open(sealed, home)], [1, 2, 3])
  assert.throws(() => keys.open(sealed, { ...home, row: 'fac_2' }), /factor\.data does not open/)
})

onBothEngines('nodes that start at the same time on an empty database agree', async (_t, open) => {
  const storage = await open()
  const rings = await Promise.all(Array.from({ length: 8 }, () => openKeyring(storage, k1, moment)))
  assert.equal((await listKeyRows(storage)).length, 5)
  const [first, ...others] = rings
  const sealed = first!.seal('a secret', home, moment)
  for (const ring of others) {
    assert.equal(ring.open(sealed, home).toString(), 'a secret')
    assert.deepEqual(ring.pepper, first!.pepper)
    assert.equal(ring.tokenRoot.id, first!.tokenRoot.id)
  }
})

onBothEngines('a retired key still opens what it sealed, and seals nothing more', async (_t, open) => {
  const storage = await open()
  const before = await openKeyring(storage, k1, moment)
  const sealed = before.seal('a secret', home, moment)
  for (const row of await listKeyRows(storage)) {
    assert.ok((await storage.commit([alterKey({ ...row, replaced_at: moment.now.getTime() })], [])).done)
  }
  const after = await openKeyring(storage, k1, moment)
  await after.refresh(later(settleMs))
  assert.equal((await listKeyRows(storage)).length, 10)
  assert.equal(after.open(sealed, home).toString(), 'a secret')
  assert.notEqual(after.pepper.id, before.pepper.id)
  assert.deepEqual(after.findPepper(before.pepper.id), before.pepper.secret)
  assert.ok(after.tokenRoots.find(({ id }) => id === before.tokenRoot.id)?.key.equals(before.tokenRoot.key))
  assert.throws(() => before.open(after.seal('another', home, moment), home), /does not open/)
})

onBothEngines(
  '177: another key-encryption key is refused with the id of the key, and changes nothing',
  async (_t, open) => {
    const storage = await open()
    await openKeyring(storage, k1, moment)
    const rows = await listKeyRows(storage)
    const wrong = wrappingKeys({ id: 'k1', key: createSecretKey(randomBytes(32)) })
    await assert.rejects(
      openKeyring(storage, wrong, moment),
      isStartError(new RegExp(rows[0]!.id), /does not open with/),
    )
    const renamed = wrappingKeys({ id: 'k2', key })
    await assert.rejects(openKeyring(storage, renamed, moment), isStartError(new RegExp(rows[0]!.id), /k1 .* k2/))
    assert.deepEqual(await listKeyRows(storage), rows)
  },
)

onBothEngines('a wrapped key that was damaged or moved to another row is refused with its id', async (_t, open) => {
  const storage = await open()
  await openKeyring(storage, k1, moment)
  const pepper = await getRow(storage, 'pepper')
  const root = await getRow(storage, 'token_root')
  for (const wrapped of [root.wrapped, pepper.wrapped.slice(0, -1), new Uint8Array()]) {
    assert.ok((await storage.commit([alterKey({ ...pepper, wrapped })], [])).done)
    await assert.rejects(openKeyring(storage, k1, moment), isStartError(new RegExp(`${pepper.id} \\(pepper\\)`)))
  }
})

onBothEngines('a wrapped key does not open in the row of another key of its purpose', async (_t, open) => {
  const storage = await open()
  await openKeyring(storage, k1, moment)
  const old = { ...(await getRow(storage, 'pepper')), replaced_at: moment.now.getTime() }
  assert.ok((await storage.commit([alterKey(old)], [])).done)
  const keys = await openKeyring(storage, k1, moment)
  await keys.refresh(later(settleMs))
  const { pepper } = keys
  assert.ok((await storage.commit([alterKey({ id: pepper.id, wrapped: old.wrapped, replaced_at: null })], [])).done)
  await assert.rejects(openKeyring(storage, k1, moment), isStartError(new RegExp(pepper.id)))
})

onBothEngines('a purpose has one key in use, which the database itself sees to', async (_t, open) => {
  const storage = await open()
  await openKeyring(storage, k1, moment)
  const row = await getRow(storage, 'data')
  assert.deepEqual(await storage.commit([insertKey({ ...row, id: 'key_other' })], []), {
    done: false,
    failed: 'key exists',
  })
})

/** Puts another key in the place of the one in use, as a node does. */
async function rotate(storage: Storage, now: Date, purpose: 'data' | 'token_root' = 'data') {
  const ctx = operatorContext({ storage, world: { now: () => now, random: randomBytes } })
  const made = await rotateKey(ctx, k1, { purpose, resealAt: now.getTime() })
  assert.ok(made)
  return made
}

onBothEngines('another node opens what a new key seals before anybody seals with it', async (_t, open) => {
  const storage = await open()
  const [one, two] = await Promise.all([openKeyring(storage, k1, moment), openKeyring(storage, k1, moment)])
  const first = one.dataKeyId
  const made = await rotate(storage, later(60_000))
  await one.refresh(later(60_000))
  await two.refresh(later(61_000))
  assert.deepEqual([one.dataKeyId, two.dataKeyId], [first, first])
  for (const ring of [one, two]) await ring.refresh(later(61_000 + settleMs))
  assert.deepEqual([one.dataKeyId, two.dataKeyId], [made.id, made.id])
  const sealed = one.seal('a secret', home, moment)
  assert.equal(two.open(sealed, home).toString(), 'a secret')
  const started = await openKeyring(storage, k1, { ...moment, now: later(120_000) })
  assert.equal(started.dataKeyId, made.id)
  assert.equal(started.open(sealed, home).toString(), 'a secret')
})

onBothEngines('of two who rotate at once one does, and a key that is in use cannot be retired', async (_t, open) => {
  const storage = await open()
  await openKeyring(storage, k1, moment)
  const ctx = operatorContext({ storage, world: { now: () => moment.now, random: randomBytes } })
  const wanted = { purpose: 'data', resealAt: 0 } as const
  const made = await Promise.all([rotateKey(ctx, k1, wanted), rotateKey(ctx, k1, wanted)])
  const rows = (await listKeyRows(storage)).filter(({ purpose }) => purpose === 'data')
  assert.equal(rows.length, 1 + made.filter(Boolean).length)
  for (const row of rows) assert.equal(await retireKey(ctx, row), row.replaced_at !== null)
})

onBothEngines('a key that the data names and that is gone is missing by its name', async (_t, open) => {
  const storage = await open()
  const keys = await openKeyring(storage, k1, moment)
  const first = keys.dataKeyId
  await rotate(storage, later(60_000))
  await keys.refresh(later(60_000))
  await keys.refresh(later(70_000))
  keys.expect([first, keys.dataKeyId])
  assert.deepEqual(keys.missing, [])
  assert.deepEqual(keys.dataKeyIds, [keys.dataKeyId, first])
  assert.ok((await storage.commit([removeReplacedKey({ id: first as KeyRow['id'] })], [])).done)
  await keys.refresh(later(71_000))
  assert.deepEqual(keys.missing, [], 'nothing may need it any more')
  keys.expect([first, keys.dataKeyId])
  assert.deepEqual(keys.missing, [first])
})

onBothEngines(
  'a key that another node has wrapped by a key-encryption key of its own is named with it',
  async (_t, open) => {
    const storage = await open()
    const keys = await openKeyring(storage, k1, moment)
    const k2 = wrappingKeys({ id: 'k2', key: createSecretKey(randomBytes(32)) })
    const ctx = operatorContext({ storage, world: { now: () => moment.now, random: randomBytes } })
    const made = await rotateKey(ctx, k2, { purpose: 'data', resealAt: 0 })
    await keys.refresh(later(60_000))
    assert.deepEqual(keys.missing, [`${made?.id} (under k2)`])
    assert.notEqual(keys.dataKeyId, made?.id)
  },
)

onBothEngines(
  '176 what is revoked or retired is of no use, also where the key-encryption key of its successor is not at hand',
  async (_t, open) => {
    const storage = await open()
    const keys = await openKeyring(storage, k1, moment)
    const other = wrappingKeys({ id: 'k2', key: createSecretKey(randomBytes(32)) }, k1.newest())
    const ctx = operatorContext({ storage, world: { now: () => moment.now, random: randomBytes } })
    assert.ok(await revokeTokenRoot(ctx, other, await getRow(storage, 'token_root')))
    await keys.refresh(later(60_000))
    assert.equal(keys.tokenRoots.length, 0)
    assert.equal(keys.missing.length, 1)
    const first = await getRow(storage, 'data')
    const made = await rotateKey(ctx, other, { purpose: 'data', resealAt: 0 })
    assert.ok(made)
    await keys.refresh(later(70_000))
    assert.equal(keys.dataKeyId, first.id, 'nobody has retired it')
    keys.seal('a secret', home, moment)
    assert.ok(await retireKey(ctx, first))
    await keys.refresh(later(80_000))
    assert.throws(() => keys.seal('lost', home, moment), /is retired/)
  },
)
