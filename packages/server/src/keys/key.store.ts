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
      replaced_at: row.replaced_at,
      reseal_at: row.reseal_at,
    })
    .onConflict((on) => on.doNothing()),
)

/** Fails as `key replaced` when another node was faster. */
export const replaceKey = write<Pick<KeyRow, 'id' | 'reseal_at'> & { readonly at: number }>(
  'exactlyOne',
  'key replaced',
  (db, p) =>
    db
      .updateTable('key')
      .set({ replaced_at: p.at, reseal_at: p.reseal_at })
      .where('id', '=', p.id)
      .where('replaced_at', 'is', null),
)

/** What all data keys that were replaced before have sealed is sealed anew from then on. */
export const hastenResealing = write<{ readonly at: number }>('anyNumber', 'resealing', (db, p) =>
  db
    .updateTable('key')
    .set({ reseal_at: p.at })
    .where('purpose', '=', 'data')
    .where('replaced_at', 'is not', null)
    .where((eb) => eb.or([eb('reseal_at', 'is', null), eb('reseal_at', '>', p.at)])),
)

/** Removes a key that is not in use any more. Nothing opens what it has sealed from then on. */
export const removeReplacedKey = write<Pick<KeyRow, 'id'>>('exactlyOne', 'key is there', (db, p) =>
  db.deleteFrom('key').where('id', '=', p.id).where('replaced_at', 'is not', null),
)

/** Fails as `key wrapped` when it is not wrapped any more as it was seen. */
export const rewrapKey = write<Pick<KeyRow, 'id' | 'wrapped' | 'wrapped_by'> & { readonly seen: string }>(
  'exactlyOne',
  'key wrapped',
  (db, p) =>
    db
      .updateTable('key')
      .set({ wrapped: p.wrapped, wrapped_by: p.wrapped_by })
      .where('id', '=', p.id)
      .where('wrapped_by', '=', p.seen),
)
