import type { Reader } from '../storage/storage.ts'
import type { Found, SealedColumn } from './sealed-column.ts'

const rowsPerRead = 500

/** How many sealed values there are under each key. Walks through all of them: for a process that has the time. */
export async function countSealed(db: Reader, columns: readonly SealedColumn[]): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const column of columns) {
    for (let after: Found['row'] | undefined; ; ) {
      const found = await column.list(db, after, rowsPerRead)
      for (const { keyId } of found) if (keyId !== undefined) counts.set(keyId, (counts.get(keyId) ?? 0) + 1)
      if (found.length < rowsPerRead) break
      after = found.at(-1)?.row
    }
  }
  return counts
}
