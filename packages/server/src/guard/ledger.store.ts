import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

const expiredText = query((db, p: { before: number }) =>
  db.selectFrom('ledger').select('key').where('expires_at', '<=', p.before).limit(1),
)

/** Whether `deleteExpiredTexts` has anything to do. */
export async function hasExpiredTexts(db: Reader, before: number): Promise<boolean> {
  return (await db.first(expiredText, { before })) !== undefined
}

/** The oldest `rows` of what the counters keep and that have expired by `before`. */
export const deleteExpiredTexts = write<{ before: number; rows: number }>('anyNumber', 'ledger', (db, p) =>
  db
    .deleteFrom('ledger')
    .where('key', 'in', (from) =>
      from.selectFrom('ledger').select('key').where('expires_at', '<=', p.before).orderBy('expires_at').limit(p.rows),
    ),
)
