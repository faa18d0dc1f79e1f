import type { Schema } from './schema.ts'
import type { Reader } from './storage.ts'
import { query, type Write, write } from './write.ts'

/** Rows of one table that have had their time, in all tenants. */
export interface OldRows {
  /** Whether there are any whose time was at `before` or earlier. */
  has(db: Reader, before: number): Promise<boolean>
  /** The oldest 500 of them go. */
  remove(before: number): Write
}

const rowsAtOnce = 500

/** `key` names a row, `time` says when it has had its time; there is an index of it. */
export function oldRows<Table extends keyof Schema>(
  table: Table,
  key: keyof Schema[Table],
  time: keyof Schema[Table],
): OldRows {
  // The builder knows the columns of a table that it is told by name: this one stands for all.
  const [name, id, at] = [table as 'device', key as 'id', time as 'expires_at']
  const some = query((db, p: { before: number }) => db.selectFrom(name).select(at).where(at, '<=', p.before).limit(1))
  const removeOldest = write<{ before: number; rows: number }>('anyNumber', `old rows of ${table}`, (db, p) =>
    db
      .deleteFrom(name)
      // What has got another time meanwhile stays.
      .where(at, '<=', p.before)
      .where(id, 'in', (from) => from.selectFrom(name).select(id).where(at, '<=', p.before).orderBy(at).limit(p.rows)),
  )
  return {
    has: async (db, before) => (await db.first(some, { before })) !== undefined,
    remove: (before) => removeOldest({ before, rows: rowsAtOnce }),
  }
}
