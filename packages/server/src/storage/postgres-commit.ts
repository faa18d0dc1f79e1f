import type pg from 'pg'
import { statementFailed } from './commit-faults.ts'
import type { NamedStatement, StatementNamer } from './name-statements.ts'
import { runOnServer, sqlState } from './postgres-pool.ts'
import type { Committed } from './storage.ts'
import type { Write } from './write.ts'

/** A value that must be unique is another row's already. */
const uniqueViolation = '23505'

interface BoundWrite extends Pick<Write, 'guard' | 'guardName'> {
  readonly statement: NamedStatement
}

/** One short transaction: everything in one round trip, then its end in another. */
export async function commitOnPostgres(
  pool: pg.Pool,
  nameStatement: StatementNamer,
  writes: readonly Write[],
): Promise<Committed> {
  if (writes.length === 0) return { done: true }
  const bound = writes.map(({ statement, values, guard, guardName }) => ({
    statement: nameStatement(statement, values),
    guard,
    guardName,
  }))
  try {
    return await runOnServer(() => onOneConnection(pool, (client) => commitOnce(client, bound)))
  } catch (error) {
    throw sqlState(error) === undefined ? error : statementFailed((error as Error).message, error)
  }
}

/** @throws whatever the server says; nothing has been changed then, unless it went silent in the very commit */
async function commitOnce(client: pg.PoolClient, writes: readonly BoundWrite[]): Promise<Committed> {
  const [begun, ...answers] = await Promise.allSettled([
    client.query('begin'),
    ...writes.map(({ statement }) => client.query(statement)),
  ])
  if (begun.status === 'rejected') throw begun.reason
  // In the order of the writes, so that the first one to fail is the one that is named, as on SQLite.
  for (const [index, { guard, guardName }] of writes.entries()) {
    const answer = answers[index]
    const isTaken = answer?.status === 'rejected' && sqlState(answer.reason) === uniqueViolation
    if (answer?.status !== 'fulfilled' && !(isTaken && guard !== 'anyNumber')) throw answer?.reason
    if (answer?.status === 'fulfilled' && (guard === 'anyNumber' || answer.value.rowCount === 1)) continue
    await client.query('rollback')
    return { done: false, failed: guardName }
  }
  const { command } = await client.query('commit')
  if (command !== 'COMMIT') throw new Error(`the commit was answered by ${command}`)
  return { done: true }
}

/** A connection on which something failed is closed: that ends its transaction and forgets its plans. */
async function onOneConnection<Result>(
  pool: pg.Pool,
  run: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  let failed = true
  try {
    const result = await run(client)
    failed = false
    return result
  } finally {
    client.release(failed)
  }
}
