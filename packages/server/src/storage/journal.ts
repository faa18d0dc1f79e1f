import type Database from 'better-sqlite3-multiple-ciphers'
import { hourMs } from '../kernel/durations.ts'
import { encodeRecords } from './counter-record.ts'
import type { CounterRecord } from './counters.ts'

/** The durable side of the counters in memory: what a restart reads back. */
export interface Journal {
  /** Writes rows into the transaction that is open. */
  append(rows: readonly JournalRow[]): void
}

/** Counts of one turn, as one row of a table keeps them. */
export interface JournalRow {
  /** Which of the tables. */
  readonly table: number
  readonly expiresAt: number
  /** The newest time in it. */
  readonly latest: number
  readonly records: Uint8Array
}

/**
 * A row lives as long as its longest record, so what lasts longer than an hour has a table of its own. In each table
 * rows then expire nearly in the order in which they came, and the oldest ones can be found without an index.
 */
const tables = ['journal', 'journal_lasting'] as const

/** What is to be appended for these: a row for each table that gets some. */
export function journalRows(owed: readonly CounterRecord[]): JournalRow[] {
  const passing: CounterRecord[] = []
  const lasting: CounterRecord[] = []
  for (const record of owed) (record.expiresAt - record.at > hourMs ? lasting : passing).push(record)
  return [passing, lasting].flatMap((records, table) => (records.length === 0 ? [] : [rowOf(table, records)]))
}

function rowOf(table: number, records: readonly CounterRecord[]): JournalRow {
  let expiresAt = 0
  let latest = 0
  for (const record of records) {
    expiresAt = Math.max(expiresAt, record.expiresAt)
    latest = Math.max(latest, record.at)
  }
  return { table, expiresAt, latest, records: encodeRecords(records) }
}

/** Expired rows go a few at a time, beside the appends, so that no commit waits for a great clean-up. */
const appendsPerSweep = 16
const rowsPerSweep = 64

export function openJournal(db: Database.Database): Journal {
  const statements = tables.map((table) => ({
    insert: db.prepare(`insert into ${table} (expires_at, records) values (?, ?)`),
    sweep: db.prepare(
      `delete from ${table} where id in (select id from ${table} order by id limit ${rowsPerSweep}) and expires_at <= ?`,
    ),
  }))
  let appends = 0
  let latest = 0

  return {
    append(rows) {
      for (const row of rows) {
        statements[row.table]?.insert.run(Math.ceil(row.expiresAt), row.records)
        latest = Math.max(latest, row.latest)
      }
      appends++
      if (appends % appendsPerSweep !== 0) return
      for (const { sweep } of statements) sweep.run(latest)
    },
  }
}

/** Every row of the journal; those of one key and window come in the order of writing. */
export function* readJournal(db: Database.Database): Generator<Buffer> {
  for (const table of tables)
    yield* db.prepare<[], Buffer>(`select records from ${table} order by id`).pluck().iterate()
}
