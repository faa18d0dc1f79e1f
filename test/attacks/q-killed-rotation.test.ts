import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { importTokens } from '@gatehouse/server/hardware-tokens/import-tokens'
import { findStockedToken } from '@gatehouse/server/hardware-tokens/stock'
import { countSealed } from '@gatehouse/server/keys/count-sealed'
import { rotateKey } from '@gatehouse/server/keys/rotate-key'
import type { OpenParts } from '@gatehouse/server/open-parts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { sealedColumns } from '@gatehouse/server/sealed-columns'
import { emptyDatabase } from '../empty-database.ts'
import { surroundings } from '../surroundings.ts'
import { besideServer, configOf } from './beside-server.ts'
import { makeFolder } from './cli-server.ts'

const start = Date.parse('2026-11-22T12:00:00Z')
const tokens = 900
const serialOf = (index: number) => `T${String(index).padStart(4, '0')}`
const secretOf = (index: number) => Buffer.alloc(20, index % 251).toString('hex')

type Env = Readonly<Record<string, string>>

/** Opens the data beside nobody, and closes it. */
const withParts = <Result>(env: Env, act: (parts: OpenParts) => Promise<Result>) =>
  besideServer(configOf(env), act, new Date(start))

const count = (env: Env) => withParts(env, ({ storage }) => countSealed(storage, sealedColumns))

/** Seals anew in a process of its own. It is killed at this batch, or comes to its end. */
async function reseal(env: Env, killedAt?: number): Promise<NodeJS.Signals | null> {
  const child = spawn(
    process.execPath,
    [
      '--conditions=source',
      join(import.meta.dirname, '../crash/reseal.child.ts'),
      String(killedAt ?? 'all'),
      String(start),
    ],
    { env: { ...surroundings(), ...env }, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const [code, signal] = await once(child, 'close')
  assert.ok(signal ?? code === 0, `it ended with ${code}`)
  return signal
}

async function rotateAmidKills(t: TestContext, env: Env): Promise<void> {
  const lines = Array.from({ length: tokens }, (_, index) => `${serialOf(index)},${secretOf(index)}`)
  const { old, made } = await withParts(env, async (parts) => {
    const ctx = operatorContext(parts)
    const file = `serial,secret_hex\n${lines.join('\n')}\n`
    assert.deepEqual(await importTokens(ctx, parts.keys, file, {}), { ok: true, count: tokens })
    const old = parts.keys.dataKeyId
    const made = await rotateKey(ctx, parts.wrapping, { purpose: 'data', resealAt: start })
    return { old, made: made?.id ?? assert.fail() }
  })
  // One batch lasts, and in the next it dies.
  assert.equal(await reseal(env, 2), 'SIGKILL')
  const counts = await count(env)
  const left = counts.get(old) ?? 0
  assert.ok(left > 0 && left < tokens, `${left} are left`)
  assert.equal(left + (counts.get(made) ?? 0), tokens, 'each is under the one key or the other')
  assert.equal(await reseal(env), null)
  assert.deepEqual([...(await count(env))], [[made, tokens]])
  await withParts(env, async (parts) => {
    const ctx = operatorContext(parts)
    for (let index = 0; index < tokens; index++) {
      const token = await findStockedToken(ctx, parts.keys, serialOf(index))
      assert.equal(Buffer.from(token?.data.key ?? '', 'base64').toString('hex'), secretOf(index))
    }
  })
  const folder = env['GATEHOUSE_DATA_DIR'] ?? ''
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const known = /^(keys(\/(k1|database)\.key)?|gatehouse\.db(-wal|-shm|\.lock)?|.*\.lock)$/
  assert.deepEqual(
    files.filter((name) => !known.test(name)),
    [],
    'nothing is written beside the database',
  )
  t.diagnostic(`${tokens} values, ${left} of them left when it was killed`)
}

test('176 killed in the middle, sealing anew goes on where it was, and everything stays readable (sqlite)', async (t) => {
  await rotateAmidKills(t, { GATEHOUSE_DATA_DIR: makeFolder(t) })
})

test('176 killed in the middle, sealing anew goes on where it was, and everything stays readable (postgres)', async (t) => {
  const database = await emptyDatabase()
  if (!database) return t.diagnostic('not checked: PostgreSQL (GATEHOUSE_TEST_DATABASE_URL is not set)')
  t.after(database.drop)
  await rotateAmidKills(t, { GATEHOUSE_DATA_DIR: makeFolder(t), GATEHOUSE_DATABASE_URL: database.url })
})
