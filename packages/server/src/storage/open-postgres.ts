import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import { createAdmission } from './admission.ts'
import { createCompiler } from './compile.ts'
import { migrate, missingAfter } from './migrations.ts'
import { createStatementNamer } from './name-statements.ts'
import { commitOnPostgres } from './postgres-commit.ts'
import { createPostgresCounters } from './postgres-counters.ts'
import { createPool, sqlState } from './postgres-pool.ts'
import { postgresReader } from './postgres-reader.ts'
import { startError } from './start-error.ts'
import type { Storage } from './storage.ts'

export interface PostgresOptions {
  readonly url: string
  /** Connections of this node. */
  readonly poolSize?: number
  /** Commits and counts that may be under way or wait for a connection; past it `overloaded`. */
  readonly queueLimit?: number
  /** After how long a server that does not answer counts as gone. */
  readonly timeoutMs?: number
}

/**
 * Connects, bringing the database to the newest schema first. Any number of nodes may do so at once.
 * @throws StartError when the database cannot be reached or used
 */
export async function openPostgres(options: PostgresOptions): Promise<Storage> {
  const { url, poolSize = 20, queueLimit = 4096, timeoutMs = 5000 } = options
  const dialect = new PostgresDialect({ pool: () => Promise.reject(new Error('a compiler does not connect')) })
  const compiler = createCompiler(dialect)
  const nameStatement = createStatementNamer(compiler)
  const pool = createPool(url, { max: poolSize, timeoutMs })
  try {
    await prepareDatabase(pool, url)
  } catch (error) {
    await pool.end()
    throw error
  }
  const admission = createAdmission(queueLimit)
  return {
    engine: 'postgres',
    counters: createPostgresCounters(pool, admission),
    ...postgresReader(pool, compiler, nameStatement),
    commit: (writes) => admission.run(() => commitOnPostgres(pool, nameStatement, writes)),
    isReady: () =>
      pool.query('select pg_is_in_recovery() as standby').then(
        ({ rows }) => rows[0]?.standby === false,
        () => false,
      ),
    async close() {
      await admission.close()
      await pool.end()
    },
  }
}

/** The migrations that opening this database would apply. */
export async function planPostgres(url: string): Promise<readonly string[]> {
  const pool = createPool(url, { max: 1, timeoutMs: 5000 })
  try {
    return await told(url, async () => missingAfter(await readApplied(pool)))
  } finally {
    await pool.end()
  }
}

function prepareDatabase(pool: pg.Pool, url: string): Promise<void> {
  return told(url, async () => {
    if (missingAfter(await readApplied(pool)).length === 0) return
    await migrateDatabase(url)
  })
}

/** What goes wrong is said in a sentence for whoever starts the server. */
async function told<Result>(url: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof Error && error.name === 'StartError') throw error
    throw startError(
      `${nameOf(url)} cannot be used: ${reasonOf(error)}. Check that it runs and that GATEHOUSE_DATABASE_URL is right.`,
      error,
    )
  }
}

async function readApplied(pool: pg.Pool): Promise<string[]> {
  const settings = await pool.query(
    `select current_setting('synchronous_commit') as sync, to_regclass('kysely_migration') is not null as has_schema`,
  )
  if (settings.rows[0]?.sync === 'off') {
    throw startError(
      'PostgreSQL runs with synchronous_commit = off and would forget what it has confirmed. Turn it on for this database.',
    )
  }
  if (!settings.rows[0]?.has_schema) return []
  const { rows } = await pool.query<{ name: string }>('select name from kysely_migration order by name')
  return rows.map(({ name }) => name)
}

/**
 * On connections of its own: a migration may take longer than anything else ever does. Of several nodes one migrates
 * and the others wait for it, by the lock of the migrator.
 */
async function migrateDatabase(url: string): Promise<void> {
  const pool = createPool(url, { max: 2, timeoutMs: 0 })
  try {
    await migrate(new Kysely({ dialect: new PostgresDialect({ pool }) }), { inOwnTransaction: true })
  } finally {
    await pool.end()
  }
}

/** Host and database, never the password. */
function nameOf(url: string): string {
  const parsed = URL.parse(url)
  return parsed ? `The PostgreSQL database ${parsed.host}${parsed.pathname}` : 'GATEHOUSE_DATABASE_URL'
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || sqlState(error) || ('code' in error ? String(error.code) : error.name)
}
