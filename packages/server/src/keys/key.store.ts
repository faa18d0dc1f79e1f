import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

export type KeyRow = Schema['key']
export type KeyPurpose = KeyRow['purpose']

const allKeys = query((db) => db.selectFrom('key').selectAll().orderBy('id'))

/** Every key that was ever made, wrapped, oldest first. */
export function listKeyRows(db: Reader): Promise<readonly KeyRow[]> {
  return db.list(allKeys, {})
}

/** Whether the database has keys already: a new key-encryption key could not open them. */
export async function hasKeys(db: Reader): Promise<boolean> {
  return (await listKeyRows(db)).length > 0
}

/** Fails as `key exists` when another node was faster: each purpose has one key that is not retired. */
export const insertKey = write<KeyRow>('insertedOnce', 'key exists', (db, row) =>
  db
    .insertInto('key')
    .values({
      id: row.id,
      purpose: row.purpose,
      wrapped: row.wrapped,
      wrapped_by: row.wrapped_by,
      created_at: row.created_at,
      retired_at: row.retired_at,
    })
    .onConflict((on) => on.doNothing()),
)
