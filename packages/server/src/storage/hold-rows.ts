import { type Kysely, type SelectQueryBuilder, SqliteAdapter } from 'kysely'
import type { Schema } from './schema.ts'

/**
 * Makes a write of a query: the commit stands when it finds its row, which then stays as it is until the commit is done.
 * Unlike an update that changes nothing it writes no page, and nobody waits who holds the same row.
 */
export function holdRows<Table extends keyof Schema, Row>(
  db: Kysely<Schema>,
  rows: SelectQueryBuilder<Schema, Table, Row>,
): SelectQueryBuilder<Schema, Table, Row> {
  // The embedded database has one writer: nothing comes between this and the end of its commit.
  return db.getExecutor().adapter instanceof SqliteAdapter ? rows : rows.forShare()
}
