import { createKeyTable, findRecord, findSame, type KeyTable, keyBytes, listRecords } from './key-table.ts'

/** A memory of keys, each with an end: 24 bytes and a spare place an entry, so that a million of them are nothing. */
export interface SeenKeys {
  /** Remembers the key until `expiresAt`. When it is remembered at `nowMs` already: until when. */
  add(key: string, expiresAt: number, nowMs: number): number | undefined
}

/** In a record: when the key expires; 0 where there is none. */
const end = keyBytes
const recordBytes = end + 8

/**
 * What has expired is dropped when a part of the memory is full and made anew, and there are 256 parts, so that neither
 * growing nor forgetting ever takes long.
 */
export function createSeenKeys(): SeenKeys {
  const parts: (KeyTable | undefined)[] = Array.from({ length: 256 })
  return {
    add(key, expiresAt, nowMs) {
      const index = key.charCodeAt(0)
      let part = parts[index] ?? createKeyTable(0, recordBytes)
      if (part.room === 0) part = remake(part, nowMs)
      parts[index] = part
      const record = findRecord(part, key)
      const until = part.memory.getFloat64(record + end)
      if (until > nowMs) return until
      part.memory.setFloat64(record + end, expiresAt)
      return undefined
    },
  }
}

function remake(old: KeyTable, nowMs: number): KeyTable {
  const living = listRecords(old).filter((record) => old.memory.getFloat64(record + end) > nowMs)
  const part = createKeyTable(living.length, recordBytes)
  for (const record of living) {
    part.memory.setFloat64(findSame(part, old, record) + end, old.memory.getFloat64(record + end))
  }
  return part
}
