import pg from 'pg'
import { emptyDatabase } from '../test/empty-database.ts'
import { findParent, readName } from './process-tree.ts'
import type { Workshop } from './workshop.ts'

/** A PostgreSQL database of its own, which is dropped at the end. */
export interface Database {
  readonly url: string
  /** The root of the server's processes, if they run on this machine. */
  readonly pid: number | undefined
}

/** Makes a database whose commits wait `syncDelayMs` before they go to the disk. */
export async function openDatabase(workshop: Workshop, syncDelayMs: number): Promise<Database> {
  const database = await emptyDatabase()
  if (!database) throw new Error('There is no PostgreSQL to measure: set GATEHOUSE_TEST_DATABASE_URL.')
  workshop.atEnd(database.drop)
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    const name = new URL(database.url).pathname.slice(1)
    // The one who writes the log for all that wait sleeps first; what comes meanwhile goes with it, as on a slow disk.
    await client.query(`alter database ${name} set commit_delay = ${syncDelayMs * 1000}`)
    await client.query(`alter database ${name} set commit_siblings = 0`)
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    const parent = findParent(rows[0]?.pid ?? 0)
    // The number of a process on another machine may be that of a stranger here.
    return { url: database.url, pid: parent && readName(parent) === 'postgres' ? parent : undefined }
  } finally {
    await client.end()
  }
}
