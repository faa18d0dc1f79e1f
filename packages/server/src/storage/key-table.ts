/**
 * Counter keys (`counterKey`) by open addressing in a typed array, so that a million of them are nothing to the garbage
 * collector. A key that has a place keeps it: what has expired goes when the table is made anew.
 */
export interface KeyTable {
  /** Four words for each place, all zero where there is none. Places are a power of two. */
  readonly keys: Uint32Array
  /** Places that are taken. */
  used: number
}

/**
 * A memory of many keys has so many tables: few, so that their heads stay in the processor's cache (with 256 a token
 * validation takes a tenth more), and yet enough that to make one anew takes some milliseconds at a million keys.
 */
export const partCount = 16

const words = 4
const fullness = 0.75
const fewestPlaces = 8

/** The places that a table needs for so many keys and as many again. */
export function placesFor(living: number): number {
  let places = fewestPlaces
  while (living > (places * fullness) / 2) places *= 2
  return places
}

export function createKeyTable(places: number): KeyTable {
  return { keys: new Uint32Array(places * words), used: 0 }
}

/** True when the table must be made anew before another key comes. */
export function isFull({ keys, used }: KeyTable): boolean {
  return used >= (keys.length / words) * fullness
}

/** The place of a key, of those that are `isFull` never; a free one becomes its own. */
export function placeOf(table: KeyTable, key: string): number {
  return takePlace(table, wordAt(key, 0), wordAt(key, 4), wordAt(key, 8), wordAt(key, 12))
}

/** The same for the key that has this place in another table. */
export function placeOfSame(table: KeyTable, { keys }: KeyTable, place: number): number {
  const at = place * words
  return takePlace(table, keys[at] ?? 0, keys[at + 1] ?? 0, keys[at + 2] ?? 0, keys[at + 3] ?? 0)
}

function takePlace(table: KeyTable, a: number, b: number, c: number, d: number): number {
  const { keys } = table
  const mask = keys.length / words - 1
  for (let place = b & mask; ; place = (place + 1) & mask) {
    const at = place * words
    if (keys[at] === a && keys[at + 1] === b && keys[at + 2] === c && keys[at + 3] === d) return place
    if (keys[at] !== 0 || keys[at + 1] !== 0 || keys[at + 2] !== 0 || keys[at + 3] !== 0) continue
    keys[at] = a
    keys[at + 1] = b
    keys[at + 2] = c
    keys[at + 3] = d
    table.used++
    return place
  }
}

/** Four bytes, the lowest first. */
function wordAt(key: string, at: number): number {
  const high = (key.charCodeAt(at + 3) << 24) | (key.charCodeAt(at + 2) << 16)
  return (high | (key.charCodeAt(at + 1) << 8) | key.charCodeAt(at)) >>> 0
}
