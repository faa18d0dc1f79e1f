import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import type { Storage } from '../storage/storage.ts'
import { onBothEngines } from '../storage/test-storage.ts'
import { write } from '../storage/write.ts'
import { insertKey, type KeyRow, listKeyRows } from './key.store.ts'
import { openKeyring } from './keyring.ts'

const moment = { now: new Date('2026-11-21T12:00:00Z'), random: (bytes: number) => randomBytes(bytes) }
const k1 = { id: 'k1', key: createSecretKey(randomBytes(32)) }
const home = { table: 'factor', row: 'fac_1', column: 'data', tenant: 'ten_1', purpose: 'totp' }

const alterKey = write<Pick<KeyRow, 'id' | 'wrapped' | 'retired_at'>>('exactlyOne', 'key is there', (db, row) =>
  db.updateTable('key').set({ wrapped: row.wrapped, retired_at: row.retired_at }).where('id', '=', row.id),
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
    assert.equal(row.retired_at, null)
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
  assert.ok(keys.findTokenRoot(keys.tokenRoot.id)?.equals(keys.tokenRoot.key))
  assert.deepEqual(keys.findPepper(keys.pepper.id), keys.pepper.secret)
  assert.equal(keys.findTokenRoot(keys.pepper.id), undefined)
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
    assert.ok((await storage.commit([alterKey({ ...row, retired_at: moment.now.getTime() })], [])).done)
  }
  const after = await openKeyring(storage, k1, moment)
  assert.equal((await listKeyRows(storage)).length, 10)
  assert.equal(after.open(sealed, home).toString(), 'a secret')
  assert.notEqual(after.pepper.id, before.pepper.id)
  assert.deepEqual(after.findPepper(before.pepper.id), before.pepper.secret)
  assert.ok(after.findTokenRoot(before.tokenRoot.id)?.equals(before.tokenRoot.key))
  assert.throws(() => before.open(after.seal('another', home, moment), home), /does not open/)
})

onBothEngines(
  '177: another key-encryption key is refused with the id of the key, and changes nothing',
  async (_t, open) => {
    const storage = await open()
    await openKeyring(storage, k1, moment)
    const rows = await listKeyRows(storage)
    const wrong = { id: 'k1', key: createSecretKey(randomBytes(32)) }
    await assert.rejects(
      openKeyring(storage, wrong, moment),
      isStartError(new RegExp(rows[0]!.id), /does not open with/),
    )
    const renamed = { id: 'k2', key: k1.key }
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
  const old = { ...(await getRow(storage, 'pepper')), retired_at: moment.now.getTime() }
  assert.ok((await storage.commit([alterKey(old)], [])).done)
  const { pepper } = await openKeyring(storage, k1, moment)
  assert.ok((await storage.commit([alterKey({ id: pepper.id, wrapped: old.wrapped, retired_at: null })], [])).done)
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
