import pg from 'pg'
import { storageUnavailable } from './commit-faults.ts'

const { builtins, getTypeParser } = pg.types

/** As on SQLite, a `bigint` is a number. None of ours leaves the safe integers. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === builtins.INT8 ? Number : getTypeParser(oid, format)),
}

/** How much longer we wait than the server is told to: its refusal is better than none, which costs the connection. */
const graceMs = 1000

/** Connections that send what they are given at once and read the answers after (pipelining). 0 waits for ever. */
export function createPool(url: string, options: { readonly max: number; readonly timeoutMs: number }): pg.Pool {
  const { max, timeoutMs } = options
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'gatehouse',
    max,
    types,
    pipeline: true,
    keepAlive: true,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs && timeoutMs + graceMs,
    statement_timeout: timeoutMs,
    lock_timeout: timeoutMs,
    idle_in_transaction_session_timeout: timeoutMs,
  })
  // A connection that breaks while nobody uses it is simply gone. The next one who needs one hears of it.
  pool.on('error', () => {})
  // One that breaks in use fails every statement on it. It says so once more as an event, which would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** Connection, resources, operator, system, configuration, internal; and transactions that may not write. */
const serverFailures = /^(08|25|53|57|58|F0|XX|55P03)/

/** The SQLSTATE of an error that the server has sent; undefined for what happened on the way. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined
}

/** Serialisation failure, deadlock, and a plan that a migration of another node has outdated. */
const worthAnotherTry = new Set(['40001', '40P01', '0A000'])
const attempts = 5

/**
 * Runs what leaves no trace when it fails, again if it failed by bad luck.
 * @throws Fault `storage_unavailable` when the server or the way to it is to blame and not the statement
 */
export async function runOnServer<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      const state = sqlState(error)
      if (state === undefined || serverFailures.test(state)) throw storageUnavailable(error)
      if (worthAnotherTry.has(state) && attempt < attempts) continue
      throw worthAnotherTry.has(state) ? storageUnavailable(error) : error
    }
  }
}
