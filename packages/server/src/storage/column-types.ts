import type { ColumnBuilderCallback, Kysely, RawBuilder } from 'kysely'
import { SqliteAdapter, sql } from 'kysely'

/** What the two engines say differently. Migrations live on it for ever: add, never change. */
export interface ColumnTypes {
  readonly engine: 'sqlite' | 'postgres'
  readonly bytes: 'blob' | 'bytea'
  /** Holds every safe integer of JavaScript: epoch milliseconds, positions. */
  readonly bigint: 'integer' | 'bigint'
  /** Makes a `bigint` column the primary key, counting up; no number is ever used twice. */
  readonly countingKey: ColumnBuilderCallback
  /** Ends each table: with it SQLite checks types as PostgreSQL does. */
  readonly strict: RawBuilder<unknown>
  /** The clock of the database in epoch milliseconds, for the rows that a migration inserts itself. */
  readonly now: RawBuilder<number>
}

/** The column types of the engine behind `db`. */
// biome-ignore lint/suspicious/noExplicitAny: a migration knows no schema but its own
export function columnTypes(db: Kysely<any>): ColumnTypes {
  if (db.getExecutor().adapter instanceof SqliteAdapter) {
    return {
      engine: 'sqlite',
      bytes: 'blob',
      bigint: 'integer',
      countingKey: (column) => column.primaryKey().autoIncrement(),
      strict: sql`strict`,
      now: sql`cast(unixepoch('subsec') * 1000 as integer)`,
    }
  }
  return {
    engine: 'postgres',
    bytes: 'bytea',
    bigint: 'bigint',
    countingKey: (column) => column.primaryKey().generatedAlwaysAsIdentity(),
    strict: sql``,
    now: sql`cast(extract(epoch from now()) * 1000 as bigint)`,
  }
}
