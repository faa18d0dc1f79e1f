import { createKeyTable, isFull, type KeyTable, partCount, placeOf, placeOfSame, placesFor } from './key-table.ts'

/** A memory of keys, each with an end: 24 bytes and a spare place an entry, so that a million of them are nothing. */
export interface SeenKeys {
  /** Remembers the key until `expiresAt`. When it is remembered at `nowMs` already: until when. */
  add(key: string, expiresAt: number, nowMs: number): number | undefined
}

interface Part extends KeyTable {
  /** When the key in this place expires; 0 where there is none. */
  readonly ends: Float64Array
}

/**
 * What has expired is dropped when a part of the memory is full and made anew, and there are several parts, so that
 * neither growing nor forgetting ever takes long.
 */
export function createSeenKeys(): SeenKeys {
  const parts: (Part | undefined)[] = Array.from({ length: partCount })
  return {
    add(key, expiresAt, nowMs) {
      const index = key.charCodeAt(0) % partCount
      let part = parts[index] ?? createPart(0)
      if (isFull(part)) part = remake(part, nowMs)
      parts[index] = part
      const place = placeOf(part, key)
      const end = part.ends[place] ?? 0
      if (end > nowMs) return end
      part.ends[place] = expiresAt
      return undefined
    },
  }
}

function createPart(living: number): Part {
  const places = placesFor(living)
  return { ...createKeyTable(places), ends: new Float64Array(places) }
}

function remake(old: Part, nowMs: number): Part {
  const { ends } = old
  let living = 0
  for (let place = 0; place < ends.length; place++) if ((ends[place] ?? 0) > nowMs) living++
  const part = createPart(living)
  for (let place = 0; place < ends.length; place++) {
    const end = ends[place] ?? 0
    if (end > nowMs) part.ends[placeOfSame(part, old, place)] = end
  }
  return part
}
