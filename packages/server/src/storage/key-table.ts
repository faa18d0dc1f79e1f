/**
 * Records under counter keys (`counterKey`) by open addressing, as bytes, so that a million of them are nothing to the
 * garbage collector. A record lies in one piece, since what it costs to find one is the memory that is touched. A key
 * that has a place keeps it: what has expired goes when the table is made anew.
 */
export interface KeyTable {
  /** A record for each place, the key first, all zero where there is none; then what else its owner keeps. */
  memory: DataView
  readonly recordBytes: number
  /** A power of two. */
  readonly places: number
  /** How many more keys may come before the table must be made anew. */
  room: number
}

/** Where in a record its owner's part begins. */
export const keyBytes = 16
const wordBytes = 4
const fullness = 0.75
const fewestPlaces = 8

/** For as many keys as are living and as many again. */
export function createKeyTable(living: number, recordBytes: number, moreBytes = 0): KeyTable {
  let places = fewestPlaces
  while (living > (places * fullness) / 2) places *= 2
  const memory = new DataView(new ArrayBuffer(places * (recordBytes + moreBytes)))
  return { memory, recordBytes, places, room: places * fullness }
}

/** Where the record of a key begins, in a table with room; a free one becomes its own. */
export function findRecord(table: KeyTable, key: string): number {
  return takeRecord(table, wordAt(key, 0), wordAt(key, 4), wordAt(key, 8), wordAt(key, 12))
}

/** The same for the key of a record in another table. */
export function findSame(table: KeyTable, { memory }: KeyTable, record: number): number {
  const word = (index: number) => memory.getInt32(record + index * wordBytes)
  return takeRecord(table, word(0), word(1), word(2), word(3))
}

/** Where the records of all places begin. */
export function listRecords({ places, recordBytes }: KeyTable): number[] {
  return Array.from({ length: places }, (_, place) => place * recordBytes)
}

function takeRecord(table: KeyTable, a: number, b: number, c: number, d: number): number {
  const { memory, recordBytes, places } = table
  for (let place = b; ; place++) {
    const at = (place & (places - 1)) * recordBytes
    const word = (index: number) => memory.getInt32(at + index * wordBytes)
    if (word(0) === a && word(1) === b && word(2) === c && word(3) === d) return at
    if (word(0) !== 0 || word(1) !== 0 || word(2) !== 0 || word(3) !== 0) continue
    memory.setInt32(at, a)
    memory.setInt32(at + 4, b)
    memory.setInt32(at + 8, c)
    memory.setInt32(at + 12, d)
    table.room--
    return at
  }
}

/** Four bytes of a key. */
function wordAt(key: string, at: number): number {
  const high = (key.charCodeAt(at) << 24) | (key.charCodeAt(at + 1) << 16)
  return high | (key.charCodeAt(at + 2) << 8) | key.charCodeAt(at + 3)
}
