import assert from 'node:assert/strict'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createJobs } from '@gatehouse/server/app'
import { commit } from '@gatehouse/server/context'
import { record } from '@gatehouse/server/log/record'
import { findNewestSeal } from '@gatehouse/server/log/seal.store'
import { operatorContext } from '@gatehouse/server/operator-context'
import { write } from '@gatehouse/server/storage/write'
import { emptyDatabase } from '../empty-database.ts'
import { besideServer, configOf } from './beside-server.ts'
import { makeFolder, runGatehouse } from './cli-server.ts'

type Env = Readonly<Record<string, string>>

/** Appends events and seals them; the newest checkpoint. */
function growLog(env: Env, count: number): Promise<string> {
  return besideServer(configOf(env), async (parts) => {
    const ctx = operatorContext(parts)
    const events = Array.from({ length: count }, () => record(ctx, { type: 'user.created' }))
    assert.ok((await commit(ctx, events)).done)
    const jobs = await createJobs(parts, (error) => assert.fail(String(error)))
    await jobs.runDue()
    await jobs.stop()
    return (await findNewestSeal(parts.storage))!.note
  })
}

function damage(env: Env, set: { readonly position?: number; readonly data?: string }, position: number) {
  return besideServer(configOf(env), async ({ storage }) => {
    const statement = write<object>('exactlyOne', 'event', (db) =>
      db.updateTable('event').set(set).where('position', '=', position),
    )
    assert.ok((await storage.commit([statement({})], [])).done)
  })
}

async function checkVerify(t: TestContext, env: Env): Promise<void> {
  const kept = await growLog(env, 20)
  // Beside them stands that the keys were made, and who opened them.
  const size = Number((await growLog(env, 20)).split('\n')[1])
  assert.ok(size > 40)
  const sound = await runGatehouse(['audit', 'verify'], env)
  assert.deepEqual([sound.code, sound.stderr], [0, ''])
  assert.equal(sound.stdout.startsWith(`ok  ${size} events are as they were sealed`), true, sound.stdout)
  const file = join(makeFolder(t), 'checkpoint.txt')
  writeFileSync(file, kept)
  // Several in one file, as somebody keeps them who adds one a day.
  appendFileSync(file, `\n${(await runGatehouse(['audit', 'checkpoint'], env)).stdout}`)
  const grown = await runGatehouse(['audit', 'verify', '--checkpoint', file, '--json'], env)
  assert.deepEqual([grown.code, JSON.parse(grown.stdout).size], [0, size])

  await damage(env, { data: '{"code":"harmless"}' }, 23)
  const edited = await runGatehouse(['audit', 'verify'], env)
  assert.equal(edited.code, 1)
  assert.match(
    edited.stderr,
    /^gatehouse: the log does not fit at position 23\. The event \(now evt_\w+\) is not the one/,
  )
  await damage(env, { position: 100 }, 7)
  const removed = await runGatehouse(['audit', 'verify', '--json'], env)
  const { fits, position, reason } = JSON.parse(removed.stdout)
  assert.deepEqual([removed.code, fits, position, reason], [1, false, 7, 'The event is missing.'])

  writeFileSync(file, kept.replace(/\n\d+\n/, '\n19\n'))
  const forged = await runGatehouse(['audit', 'verify', '--checkpoint', file], env)
  assert.match(forged.stderr, /is not a checkpoint that a key of this log has signed/)
}

test('164 the command names the first event that is not as it was sealed (sqlite)', async (t) => {
  await checkVerify(t, { GATEHOUSE_DATA_DIR: makeFolder(t) })
})

test('164 the command names the first event that is not as it was sealed (postgres)', async (t) => {
  const database = await emptyDatabase()
  if (!database)
    return t.diagnostic('not checked: PostgreSQL (GATEHOUSE_TEST_DATABASE_URL is not set; run the tests with npm test)')
  t.after(database.drop)
  await checkVerify(t, { GATEHOUSE_DATA_DIR: makeFolder(t), GATEHOUSE_DATABASE_URL: database.url })
})
