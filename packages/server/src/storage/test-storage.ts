import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { openPostgres } from './open-postgres.ts'
import { openSqlite } from './open-sqlite.ts'
import type { Storage } from './storage.ts'

/** What a test may set apart from the defaults. */
export interface TestStorageOptions {
  readonly queueLimit?: number
  /** What counters that are read back at the opening are compared with. */
  readonly nowMs?: number
}

/**
 * Opens the one database of this test. After a `close()` it may be called again and finds what was there, as a restart
 * does. What is still open at the end of the test is closed.
 */
export type OpenStorage = (options?: TestStorageOptions) => Promise<Storage>

/**
 * Registers a test once for each engine: on an encrypted file in a folder of its own, and on a database of its own in
 * the PostgreSQL that GATEHOUSE_TEST_DATABASE_URL names.
 */
export function onBothEngines(name: string, run: (t: TestContext, open: OpenStorage) => Promise<void>): void {
  test(`${name} (sqlite)`, async (t) => run(t, await sqliteForTest(t)))
  test(`${name} (postgres)`, async (t) => run(t, await postgresForTest(t)))
}

/** One fresh encrypted file, gone after the test. */
export async function sqliteForTest(t: TestContext): Promise<OpenStorage> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-storage-'))
  const remove = () => rm(folder, { recursive: true })
  const file = join(folder, 'gatehouse.db')
  const key = crypto.getRandomValues(new Uint8Array(32))
  return closedAfter(t, remove, (options) => openSqlite({ file, key, exclusive: true, nowMs: 0, ...options }))
}

/** One fresh database, gone after the test. */
async function postgresForTest(t: TestContext): Promise<OpenStorage> {
  const { url, drop } = await createDatabase({ migrated: true })
  return closedAfter(t, drop, ({ queueLimit } = {}) => openPostgres({ url, ...(queueLimit && { queueLimit }) }))
}

function closedAfter(t: TestContext, cleanUp: () => Promise<void>, open: OpenStorage): OpenStorage {
  const closings: (() => Promise<void>)[] = []
  t.after(async () => {
    for (const close of closings) await close()
    await cleanUp()
  })
  return async (options) => {
    const storage = await open(options)
    let closing: Promise<void> | undefined
    const close = () => (closing ??= storage.close())
    closings.push(close)
    return { ...storage, close }
  }
}

/** A database of its own on the test server; whoever asks drops it. */
export async function createDatabase({ migrated }: { readonly migrated: boolean }): Promise<{
  readonly url: string
  readonly drop: () => Promise<void>
}> {
  const server = process.env['GATEHOUSE_TEST_DATABASE_URL']
  if (!server) {
    throw new Error(
      'npm test brings PostgreSQL up; to run one file by hand: node scripts/with-postgres.mjs node --conditions=source --test FILE',
    )
  }
  const name = `gatehouse_test_${crypto.randomUUID().replaceAll('-', '')}`
  await withClient(server, async (client) => {
    const template = migrated ? await findOrMakeTemplate(client, server) : 'template0'
    await client.query(`create database ${name} template ${template}`)
  })
  const drop = () => withClient(server, (client) => client.query(`drop database ${name} with (force)`))
  return { url: urlOf(server, name), drop }
}

/** A database that has had the migrations as they stand now. Copying it is faster than running them for each test. */
async function findOrMakeTemplate(client: pg.Client, server: string): Promise<string> {
  const migrations = new URL('./migrations/', import.meta.url)
  const digest = createHash('sha256')
  for (const file of readdirSync(migrations).sort()) digest.update(readFileSync(new URL(file, migrations)))
  const name = `gatehouse_template_${digest.digest('hex').slice(0, 32)}`
  const isThere = async () =>
    (await client.query('select 1 from pg_database where datname = $1', [name])).rowCount === 1
  if (await isThere()) return name
  await client.query('select pg_advisory_lock(1)')
  if (!(await isThere())) {
    await client.query(`create database ${name}_new`)
    await (await openPostgres({ url: urlOf(server, `${name}_new`) })).close()
    await client.query(`alter database ${name}_new rename to ${name}`)
  }
  await client.query('select pg_advisory_unlock(1)')
  return name
}

function urlOf(server: string, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

async function withClient(server: string, run: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await run(client)
  } finally {
    await client.end()
  }
}
