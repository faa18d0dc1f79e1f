import type { Reader } from '../storage/storage.ts'
import { listSealed } from './cursor.store.ts'
import type { SealedEvent } from './log-reader.ts'
import { findNewestSeal } from './seal.store.ts'

/** How many events are sealed: the position of the one that comes next. */
export async function countSealed(db: Reader): Promise<number> {
  return (await findNewestSeal(db))?.size ?? 0
}

/** When the sealed log was last added to; undefined while it is empty. */
export async function timeOfNewestSeal(db: Reader): Promise<number | undefined> {
  return (await findNewestSeal(db))?.sealed_at
}

/** Sealed events of all tenants from this position on: for who looks on and keeps no place. Readers are in `log-reader.ts`. */
export async function readSealed(db: Reader, position: number, limit: number): Promise<readonly SealedEvent[]> {
  const rows = await listSealed(db, position, limit)
  return rows.filter((row): row is typeof row & SealedEvent => row.position !== null)
}
