import type Database from 'better-sqlite3-multiple-ciphers'
import { hourMs } from '../kernel/durations.ts'
import { decodeRecord, recordLength } from './counter-record.ts'

/** The durable side of the counters in memory: what a restart reads back. */
export interface Journal {
  /** Writes records into the transaction that is open. */
  append(chunks: readonly Buffer[]): void
}

/**
 * A row lives as long as its longest record, so what lasts longer than an hour has a table of its own. In each table
 * rows then expire nearly in the order in which they came, and the oldest ones can be found without an index.
 */
const tables = ['journal', 'journal_lasting'] as const

/** Expired rows go a few at a time, beside the appends, so that no commit waits for a great clean-up. */
const appendsPerSweep = 16
const rowsPerSweep = 64

export function openJournal(db: Database.Database): Journal {
  const [passing, lasting] = tables.map((table) => ({
    insert: db.prepare(`insert into ${table} (expires_at, records) values (?, ?)`),
    sweep: db.prepare(
      `delete from ${table} where id in (select id from ${table} order by id limit ${rowsPerSweep}) and expires_at <= ?`,
    ),
  })) as [JournalTable, JournalTable]
  let appends = 0
  let latest = 0

  return {
    append(chunks) {
      const passingRow = { expiresAt: 0, records: [] as Buffer[] }
      const lastingRow = { expiresAt: 0, records: [] as Buffer[] }
      for (const chunk of chunks) {
        for (let offset = 0; offset < chunk.length; offset += recordLength) {
          const { at, expiresAt } = decodeRecord(chunk, offset)
          const row = expiresAt - at > hourMs ? lastingRow : passingRow
          row.expiresAt = Math.max(row.expiresAt, expiresAt)
          row.records.push(chunk.subarray(offset, offset + recordLength))
          latest = Math.max(latest, at)
        }
      }
      if (passingRow.records.length > 0)
        passing.insert.run(Math.ceil(passingRow.expiresAt), Buffer.concat(passingRow.records))
      if (lastingRow.records.length > 0)
        lasting.insert.run(Math.ceil(lastingRow.expiresAt), Buffer.concat(lastingRow.records))
      appends++
      if (appends % appendsPerSweep !== 0) return
      passing.sweep.run(latest)
      lasting.sweep.run(latest)
    },
  }
}

interface JournalTable {
  readonly insert: Database.Statement
  readonly sweep: Database.Statement
}

/** Every row of the journal; those of one key and window come in the order of writing. */
export function* readJournal(db: Database.Database): Generator<Buffer> {
  for (const table of tables)
    yield* db.prepare<[], Buffer>(`select records from ${table} order by id`).pluck().iterate()
}
