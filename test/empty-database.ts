import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** A PostgreSQL database of its own for one test. */
export interface EmptyDatabase {
  readonly url: string
  drop(): Promise<void>
}

/** Makes one beside that of GATEHOUSE_TEST_DATABASE_URL; undefined when that is not set. */
export async function emptyDatabase(): Promise<EmptyDatabase | undefined> {
  const given = process.env['GATEHOUSE_TEST_DATABASE_URL']
  if (!given) return undefined
  const name = `gatehouse_test_${randomBytes(6).toString('hex')}`
  await run(given, `create database ${name}`)
  const url = new URL(given)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => run(given, `drop database ${name} with (force)`) }
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
