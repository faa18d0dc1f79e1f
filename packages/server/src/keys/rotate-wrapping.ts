import { type Context, commit } from '../context.ts'
import { record } from '../log/record.ts'
import { type KeyRow, listKeyRows, rewrapKey } from './key.store.ts'
import {
  addKeyEncryptionKey,
  findSealer,
  listKeyEncryptionKeys,
  removeKeyEncryptionKey,
  resealDatabaseKey,
  wrappingKeysIn,
} from './key-file.ts'
import { unwrapKey, wrapKey } from './wrap-key.ts'

interface Rewrapped {
  readonly id: string
  readonly replaces: readonly string[]
  readonly keys: number
}

/**
 * Makes a key-encryption key and wraps all keys by it. One that was cut off is finished, and no other is made. The old file
 * stays until it is retired. Undefined when somebody else has changed a key in this moment: what was done is no loss.
 */
export async function rotateKeyEncryptionKey(ctx: Context, folder: string): Promise<Rewrapped | undefined> {
  const wrapping = wrappingKeysIn(folder)
  const isUnder = (id: string) => (row: KeyRow) => row.wrapped_by === id
  const rows = await listKeyRows(ctx.db)
  const before = wrapping.newest()
  const isWhole = rows.every(isUnder(before.id)) && findSealer(folder) === before.id
  const target = isWhole ? addKeyEncryptionKey(folder, ctx.random) : before
  const old = rows.filter((row) => row.wrapped_by !== target.id)
  const replaces = [...new Set(old.map(({ wrapped_by }) => wrapped_by))]
  const writes = old.map((row) =>
    rewrapKey({ id: row.id, seen: row.wrapped_by, ...wrapKey(row, unwrapKey(row, wrapping), target, ctx) }),
  )
  if (writes.length > 0) {
    const data = { key_id: target.id, purpose: 'key_encryption', replaces: replaces.join(' '), count: writes.length }
    const { done } = await commit(ctx, [...writes, record(ctx, { type: 'key.rotated', data })])
    if (!done) return undefined
  }
  if (findSealer(folder) !== target.id) resealDatabaseKey(folder, target, ctx)
  return { id: target.id, replaces, keys: writes.length }
}

export type Removal = 'removed' | 'unknown' | 'in_use' | { readonly keys: number }

/** Removes the file of a key-encryption key that opens nothing any more. Backups from before need it. */
export async function retireKeyEncryptionKey(ctx: Context, folder: string, id: string): Promise<Removal> {
  const ids = listKeyEncryptionKeys(folder)
  if (!ids.includes(id)) return 'unknown'
  if (ids[0] === id) return 'in_use'
  const under = (await listKeyRows(ctx.db)).filter((row) => row.wrapped_by === id).length
  const keys = under + (findSealer(folder) === id ? 1 : 0)
  if (keys > 0) return { keys }
  await commit(ctx, [record(ctx, { type: 'key.retired', data: { key_id: id, purpose: 'key_encryption' } })])
  removeKeyEncryptionKey(folder, id)
  return 'removed'
}
