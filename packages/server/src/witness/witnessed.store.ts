import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

/** What a log of somebody else was when it was looked at last. */
export type WitnessedRow = Schema['witnessed_log']

const byOrigin = query((db, p: { origin: string }) =>
  db.selectFrom('witnessed_log').selectAll().where('origin', '=', p.origin),
)

export function findWitnessed(db: Reader, origin: string): Promise<WitnessedRow | undefined> {
  return db.first(byOrigin, { origin })
}

/** Fails when the log has been seen meanwhile. */
export const insertWitnessed = write<WitnessedRow>('insertedOnce', 'log as seen', (db, row) =>
  db
    .insertInto('witnessed_log')
    .values({ origin: row.origin, size: row.size, root: row.root, note: row.note, seen_at: row.seen_at })
    .onConflict((on) => on.doNothing()),
)

/** Fails when the log has been seen meanwhile: nothing that was signed is taken back. */
export const growWitnessed = write<WitnessedRow & { readonly from: number }>('exactlyOne', 'log as seen', (db, p) =>
  db
    .updateTable('witnessed_log')
    .set({ size: p.size, root: p.root, note: p.note, seen_at: p.seen_at })
    .where('origin', '=', p.origin)
    .where('size', '=', p.from),
)
