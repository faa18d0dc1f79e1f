import type { Hit, Window } from './counters.ts'
import { createKeyTable, findRecord, findSame, type KeyTable, keyBytes, listRecords } from './key-table.ts'

/** The hits of the recent past, by key. */
export interface SlidingWindows {
  hit(key: string, window: Window, nowMs: number): Hit
  /** Takes a hit back into memory that was counted before. */
  restore(key: string, windowMs: number, atMs: number): void
}

/** The hits of all keys lie behind the records. A link is where in the memory a hit begins; 0 leads nowhere. */
interface Part extends KeyTable {
  /** The first hit that is free; each leads to another. */
  free: number
}

/** In a record: the newest hit, from which it goes on to the oldest and round, how many there are, and the window. */
const newest = keyBytes
const count = newest + 4
const windowMs = count + 4
const recordBytes = windowMs + 8

/** In a hit: its time, and the one that came after it. */
const stamp = 0
const newer = stamp + 8
const hitBytes = newer + 4

/** Sliding windows as bytes and in 256 parts, so that neither growing nor forgetting ever takes long. */
export function createSlidingWindows(): SlidingWindows {
  const parts: (Part | undefined)[] = Array.from({ length: 256 })

  function findPart(key: string, nowMs: number): Part {
    const index = key.charCodeAt(0)
    let part = parts[index] ?? createPart(0)
    if (part.room === 0) part = remake(part, nowMs)
    parts[index] = part
    return part
  }

  return {
    hit(key, window, nowMs) {
      const part = findPart(key, nowMs)
      const record = findRecord(part, key)
      part.memory.setFloat64(record + windowMs, window.windowMs)
      const living = forget(part, record, nowMs - window.windowMs)
      const allowed = living < window.limit
      if (allowed) insert(part, record, nowMs)
      const held = allowed ? living + 1 : living
      const leavingMs = findStamp(part, record, held - window.limit)
      return judgeWindow({ count: held, leavingMs }, allowed, window, nowMs)
    },
    restore(key, lengthMs, atMs) {
      const part = findPart(key, atMs)
      const record = findRecord(part, key)
      part.memory.setFloat64(record + windowMs, lengthMs)
      insert(part, record, atMs)
    },
  }
}

/** What a window holds, and the time of the hit whose leaving makes room when it is full. */
interface Held {
  readonly count: number
  readonly leavingMs: number | undefined
}

/** What to say when this is all that the window holds. */
export function judgeWindow(held: Held, allowed: boolean, { limit, windowMs }: Window, nowMs: number): Hit {
  const remaining = Math.max(0, limit - held.count)
  const retryAfterMs = remaining > 0 ? 0 : (held.leavingMs ?? nowMs) + windowMs - nowMs
  return { allowed, remaining, retryAfterMs }
}

function createPart(living: number): Part {
  const part = { ...createKeyTable(living, recordBytes, hitBytes), free: 0 }
  freeHits(part, part.places * recordBytes)
  return part
}

/** All hits from there to the end of the memory. */
function freeHits(part: Part, from: number): void {
  const { memory } = part
  for (let hit = from; hit + hitBytes < memory.byteLength; hit += hitBytes) memory.setInt32(hit + newer, hit + hitBytes)
  part.free = from
}

/** Makes room for as many hits again. */
function growHits(part: Part): void {
  const { memory: old, places } = part
  part.memory = new DataView(new ArrayBuffer(2 * old.byteLength - places * recordBytes))
  new Uint8Array(part.memory.buffer).set(new Uint8Array(old.buffer))
  freeHits(part, old.byteLength)
}

function remake(old: Part, nowMs: number): Part {
  const { memory } = old
  const living = listRecords(old).filter((record) => {
    if (memory.getInt32(record + count) === 0) return false
    return memory.getFloat64(memory.getInt32(record + newest) + stamp) + memory.getFloat64(record + windowMs) > nowMs
  })
  const part = createPart(living.length)
  for (const from of living) {
    const record = findSame(part, old, from)
    part.memory.setFloat64(record + windowMs, memory.getFloat64(from + windowMs))
    let hit = memory.getInt32(from + newest)
    for (let left = memory.getInt32(from + count); left > 0; left--) {
      hit = memory.getInt32(hit + newer)
      insert(part, record, memory.getFloat64(hit + stamp))
    }
  }
  return part
}

/** How many are left. */
function forget(part: Part, record: number, untilMs: number): number {
  const { memory } = part
  const before = memory.getInt32(record + count)
  const last = memory.getInt32(record + newest)
  let left = before
  for (; left > 0; left--) {
    const oldest = memory.getInt32(last + newer)
    if (memory.getFloat64(oldest + stamp) > untilMs) break
    memory.setInt32(last + newer, memory.getInt32(oldest + newer))
    memory.setInt32(oldest + newer, part.free)
    part.free = oldest
  }
  if (left < before) memory.setInt32(record + count, left)
  return left
}

/** Almost always the newest: requests read their time when they begin and may arrive here in another order. */
function insert(part: Part, record: number, atMs: number): void {
  if (part.free === 0) growHits(part)
  const { memory, free: hit } = part
  part.free = memory.getInt32(hit + newer)
  memory.setFloat64(hit + stamp, atMs)
  const before = memory.getInt32(record + count)
  const last = before === 0 ? hit : memory.getInt32(record + newest)
  const isNewest = memory.getFloat64(last + stamp) <= atMs
  let previous = last
  if (!isNewest) {
    const next = () => memory.getInt32(previous + newer)
    while (memory.getFloat64(next() + stamp) <= atMs) previous = next()
  }
  memory.setInt32(hit + newer, before === 0 ? hit : memory.getInt32(previous + newer))
  if (before > 0) memory.setInt32(previous + newer, hit)
  if (isNewest) memory.setInt32(record + newest, hit)
  memory.setInt32(record + count, before + 1)
}

/** The time of the hit that has so many before it; undefined for less than none, and where there is none. */
function findStamp({ memory }: Part, record: number, before: number): number | undefined {
  if (before < 0 || before >= memory.getInt32(record + count)) return undefined
  let hit = memory.getInt32(memory.getInt32(record + newest) + newer)
  for (let passed = 0; passed < before; passed++) hit = memory.getInt32(hit + newer)
  return memory.getFloat64(hit + stamp)
}
