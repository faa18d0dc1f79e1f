import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createBackup, verifyBackup } from '@gatehouse/server/backup'
import { parseConfig } from '@gatehouse/server/config'
import { importTokens } from '@gatehouse/server/hardware-tokens/import-tokens'
import { findStockedToken } from '@gatehouse/server/hardware-tokens/stock'
import { listKeyRows } from '@gatehouse/server/keys/key.store'
import { addKeyEncryptionKey, loadKeyEncryptionKey, resealDatabaseKey } from '@gatehouse/server/keys/key-file'
import { rotateKey } from '@gatehouse/server/keys/rotate-key'
import { retireKeyEncryptionKey, rotateKeyEncryptionKey } from '@gatehouse/server/keys/rotate-wrapping'
import { type OpenParts, openParts } from '@gatehouse/server/open-parts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { emptyDatabase } from '../empty-database.ts'
import { makeFolder } from './cli-server.ts'

const world = { now: () => new Date(), random: randomBytes }

async function rotateTwice(t: TestContext, env: Readonly<Record<string, string>>): Promise<void> {
  const parsed = parseConfig(env)
  assert.ok(parsed.ok)
  const { config } = parsed
  const folder = config.keyFolder
  const open = async (): Promise<OpenParts> => {
    const reportFailure = (error: unknown) => assert.fail(String(error))
    const parts = await openParts(config, {
      world,
      exclusive: false,
      publicUrl: 'http://gatehouse.test',
      reportFailure,
    })
    t.after(() => parts.close())
    return parts
  }
  const files = () => readdirSync(folder).toSorted()
  const wrappers = async ({ storage }: OpenParts) => [
    ...new Set((await listKeyRows(storage)).map(({ wrapped_by }) => wrapped_by)),
  ]
  const running = await open()
  const ctx = () => operatorContext(running)
  const file = `serial,secret_hex\nA1,${'ab'.repeat(20)}\n`
  assert.deepEqual(await importTokens(ctx(), running.keys, file, {}), { ok: true, count: 1 })
  const isReadable = async (parts: OpenParts) => {
    const token = await findStockedToken(operatorContext(parts), parts.keys, 'A1')
    return Buffer.from(token?.data.key ?? '', 'base64url').toString('hex') === 'ab'.repeat(20)
  }
  const backup = join(config.dataFolder, 'before.backup')
  const verify = () => verifyBackup(backup, { world, keyFolder: folder, beside: config.dataFolder })
  if (!config.databaseUrl) await createBackup(config, running, backup)

  assert.deepEqual(await rotateKeyEncryptionKey(ctx(), folder), { id: 'k2', replaces: ['k1'], keys: 5 })
  assert.deepEqual(files(), ['database.key', 'k1.key', 'k2.key'])
  for (const name of files()) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
  assert.deepEqual(await wrappers(running), ['k2'])
  // Who was there before goes on, and wraps by the new one without a new start.
  await running.keys.refresh(world.now())
  assert.ok(await isReadable(running))
  const made = await rotateKey(ctx(), running.wrapping, { purpose: 'data', resealAt: Number.MAX_SAFE_INTEGER })
  assert.equal(made?.wrapped_by, 'k2')

  if (!config.databaseUrl) assert.equal((await verify()).key_encryption_key, 'k1')
  assert.deepEqual(await retireKeyEncryptionKey(ctx(), folder, 'k2'), 'in_use')
  assert.deepEqual(await retireKeyEncryptionKey(ctx(), folder, 'k7'), 'unknown')
  assert.deepEqual(await retireKeyEncryptionKey(ctx(), folder, 'k1'), 'removed')
  assert.deepEqual(files(), ['database.key', 'k2.key'])
  assert.ok(await isReadable(await open()))
  if (!config.databaseUrl) await assert.rejects(verify(), /opens with the key-encryption key k1\. .*k1\.key is missing/)

  // Cut off after the file was made, and again before the key of the database file was sealed by it.
  addKeyEncryptionKey(folder, randomBytes)
  assert.ok(await isReadable(await open()))
  // A backup of this moment opens with the key that its keys are wrapped by.
  if (!config.databaseUrl) {
    const { key_encryption_key } = await createBackup(config, running, join(config.dataFolder, 'amid.backup'))
    assert.equal(key_encryption_key, 'k2')
  }
  assert.deepEqual(await retireKeyEncryptionKey(ctx(), folder, 'k2'), { keys: 7 })
  assert.deepEqual(await rotateKeyEncryptionKey(ctx(), folder), { id: 'k3', replaces: ['k2'], keys: 6 })
  resealDatabaseKey(folder, loadKeyEncryptionKey(folder, 'k2'), { random: randomBytes })
  assert.deepEqual(await retireKeyEncryptionKey(ctx(), folder, 'k2'), { keys: 1 })
  assert.ok(await isReadable(await open()))
  assert.deepEqual(await rotateKeyEncryptionKey(ctx(), folder), { id: 'k3', replaces: [], keys: 0 })
  assert.deepEqual(await retireKeyEncryptionKey(ctx(), folder, 'k2'), 'removed')
  assert.ok(await isReadable(await open()))

  renameSync(join(folder, 'k3.key'), join(config.dataFolder, 'k3.key'))
  await assert.rejects(open(), /k3\.key is missing, and nothing can be read without it/)
  const told = await running.storage.search((db) =>
    db.selectFrom('event').select(['type', 'data']).where('data', 'like', '%key_encryption"%').orderBy('seq'),
  )
  assert.deepEqual(
    told.map(({ type, data }) => [type, JSON.parse(data).key_id]),
    [
      ['key.rotated', 'k2'],
      ['key.retired', 'k1'],
      ['key.rotated', 'k3'],
      ['key.retired', 'k2'],
    ],
  )
}

test('176 the key-encryption key is rotated beside a running server, and what was cut off is finished (sqlite)', (t) =>
  rotateTwice(t, { GATEHOUSE_DATA_DIR: makeFolder(t) }))

test('176 the key-encryption key is rotated beside a running server, and what was cut off is finished (postgres)', async (t) => {
  const database = await emptyDatabase()
  if (!database) return t.diagnostic('not checked: PostgreSQL (GATEHOUSE_TEST_DATABASE_URL is not set)')
  t.after(database.drop)
  await rotateTwice(t, { GATEHOUSE_DATA_DIR: makeFolder(t), GATEHOUSE_DATABASE_URL: database.url })
})
