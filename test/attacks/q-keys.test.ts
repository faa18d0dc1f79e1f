import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, lstatSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { emptyDatabase } from '../empty-database.ts'
import { makeFolder, runGatehouse } from './cli-server.ts'

const newClient = ['clients', 'create', 'portal', '--allow', '127.0.0.1', '--json']

/** Makes an installation with one client. */
async function install(t: TestContext, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = makeFolder(t)
  const { code, stderr } = await runGatehouse(newClient, { ...env, GATEHOUSE_DATA_DIR: folder })
  assert.equal(code, 0, stderr)
  return folder
}

/** Names, modes and contents of all that is in a folder, but for the empty file on which servers lock each other out. */
function fingerprint(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('.lock'))
    .toSorted()
    .map((name) => {
      const path = join(folder, name)
      const { mode } = lstatSync(path)
      const content = lstatSync(path).isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : ''
      return `${name} ${mode.toString(8)} ${content}`
    })
}

async function assertRefusesToStart(args: readonly string[], env: Readonly<Record<string, string>>, what: string) {
  const folder = env['GATEHOUSE_DATA_DIR'] ?? ''
  const before = fingerprint(folder)
  const { code, stdout, stderr } = await runGatehouse(args, env)
  assert.equal(code, 1, `${what}: ${stdout}${stderr}`)
  assert.equal(stdout, '', what)
  assert.match(stderr, /^gatehouse: [^\n]{20,400}\n$/, what)
  assert.match(stderr, /\bkeys?\b/, what)
  assert.doesNotMatch(stderr, /\bat .*:\d+:\d+|Error:|[A-Za-z0-9+/]{43}=/, what)
  assert.deepEqual(fingerprint(folder), before, what)
}

test('177 without its keys, or with those of another, the server does not start and changes nothing', async (t) => {
  const [mine, other] = await Promise.all([install(t), install(t)])
  const damages: Readonly<Record<string, (keys: string) => void>> = {
    'the key-encryption key is gone': (keys) => rmSync(join(keys, 'k1.key')),
    'the key of the database is gone': (keys) => rmSync(join(keys, 'database.key')),
    'all keys are gone': (keys) => rmSync(keys, { recursive: true }),
    'the key-encryption key is that of another': (keys) => cpSync(join(other, 'keys/k1.key'), join(keys, 'k1.key')),
    'both keys are those of another': (keys) => cpSync(join(other, 'keys'), keys, { recursive: true }),
    'the key-encryption key is empty': (keys) => truncateSync(join(keys, 'k1.key')),
    'the key-encryption key is cut off': (keys) => truncateSync(join(keys, 'k1.key'), 180),
    'the key-encryption key is too long': (keys) =>
      writeFileSync(join(keys, 'k1.key'), `${Buffer.alloc(33).toString('base64')}\n`),
    'the key-encryption key is open to others': (keys) => chmodSync(join(keys, 'k1.key'), 0o644),
  }
  await Promise.all(
    Object.entries(damages).map(async ([what, damage]) => {
      const folder = join(makeFolder(t), 'data')
      cpSync(mine, folder, { recursive: true })
      damage(join(folder, 'keys'))
      await assertRefusesToStart(['dev', '--port', '0'], { GATEHOUSE_DATA_DIR: folder }, what)
    }),
  )
  // The command line works on the same data and is as careful.
  const folder = join(makeFolder(t), 'data')
  cpSync(mine, folder, { recursive: true })
  cpSync(join(other, 'keys'), join(folder, 'keys'), { recursive: true })
  await assertRefusesToStart(['clients', 'list'], { GATEHOUSE_DATA_DIR: folder }, 'the command line')
})

test('177 nor does it start on a PostgreSQL database whose keys it has not got (postgres)', async (t) => {
  const database = await emptyDatabase()
  if (!database)
    return t.diagnostic('not checked: PostgreSQL (GATEHOUSE_TEST_DATABASE_URL is not set; run the tests with npm test)')
  t.after(database.drop)
  const env = { GATEHOUSE_DATABASE_URL: database.url }
  const mine = await install(t, env)
  const other = await install(t)
  const empty = makeFolder(t)
  const dev = ['dev', '--port', '0']
  await assertRefusesToStart(dev, { ...env, GATEHOUSE_DATA_DIR: empty }, 'no keys')
  await assertRefusesToStart(dev, { ...env, GATEHOUSE_DATA_DIR: other }, 'keys of another')
  const { code, stdout } = await runGatehouse(['clients', 'list', '--json'], { ...env, GATEHOUSE_DATA_DIR: mine })
  assert.equal(code, 0)
  assert.match(stdout, /"slug":"portal"/)
})
