import type { Hit, Window } from './counters.ts'
import { createKeyTable, isFull, type KeyTable, partCount, placeOf, placeOfSame, placesFor } from './key-table.ts'

/** The hits of the recent past, by key. */
export interface SlidingWindows {
  hit(key: string, window: Window, nowMs: number): Hit
  /** Takes a hit back into memory that was counted before. */
  restore(key: string, windowMs: number, atMs: number): void
}

/** Each key has its hits in a list, the oldest first. A link is the number of a hit, from 1; 0 leads nowhere. */
interface Part extends KeyTable {
  readonly oldest: Uint32Array
  readonly newest: Uint32Array
  readonly counts: Uint32Array
  readonly windowsMs: Float64Array
  hits: Hits
}

interface Hits {
  readonly stamps: Float64Array
  readonly newer: Uint32Array
  /** The first of those that are free, which are a list as well. */
  free: number
}

/** Sliding windows in typed arrays and in several parts, so that neither growing nor forgetting ever takes long. */
export function createSlidingWindows(): SlidingWindows {
  const parts: (Part | undefined)[] = Array.from({ length: partCount })

  function findPart(key: string, nowMs: number): Part {
    const index = key.charCodeAt(0) % partCount
    let part = parts[index] ?? createPart(0)
    if (isFull(part)) part = remake(part, nowMs)
    parts[index] = part
    return part
  }

  return {
    hit(key, window, nowMs) {
      const part = findPart(key, nowMs)
      const place = placeOf(part, key)
      part.windowsMs[place] = window.windowMs
      forget(part, place, nowMs - window.windowMs)
      const allowed = at(part.counts, place) < window.limit
      if (allowed) insert(part, place, nowMs)
      const count = at(part.counts, place)
      return judgeWindow({ count, leavingMs: findStamp(part, place, count - window.limit) }, allowed, window, nowMs)
    },
    restore(key, windowMs, atMs) {
      const part = findPart(key, atMs)
      const place = placeOf(part, key)
      part.windowsMs[place] = windowMs
      insert(part, place, atMs)
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
  const places = placesFor(living)
  return {
    ...createKeyTable(places),
    oldest: new Uint32Array(places),
    newest: new Uint32Array(places),
    counts: new Uint32Array(places),
    windowsMs: new Float64Array(places),
    hits: growHits(undefined, places),
  }
}

/** The same hits with room for as many as are given. */
function growHits(old: Hits | undefined, size: number): Hits {
  const stamps = new Float64Array(size)
  const newer = new Uint32Array(size)
  const first = old?.stamps.length ?? 1
  if (old) {
    stamps.set(old.stamps)
    newer.set(old.newer)
  }
  for (let hit = first; hit < size - 1; hit++) newer[hit] = hit + 1
  return { stamps, newer, free: first }
}

function remake(old: Part, nowMs: number): Part {
  const isLiving = (place: number) =>
    at(old.counts, place) > 0 && at(old.hits.stamps, at(old.newest, place)) + at(old.windowsMs, place) > nowMs
  let living = 0
  for (let place = 0; place < old.counts.length; place++) if (isLiving(place)) living++
  const part = createPart(living)
  for (let from = 0; from < old.counts.length; from++) {
    if (!isLiving(from)) continue
    const place = placeOfSame(part, old, from)
    part.windowsMs[place] = at(old.windowsMs, from)
    for (let hit = at(old.oldest, from); hit !== 0; hit = at(old.hits.newer, hit)) {
      insert(part, place, at(old.hits.stamps, hit))
    }
  }
  return part
}

function forget(part: Part, place: number, untilMs: number): void {
  const { oldest, newest, counts, hits } = part
  for (let hit = at(oldest, place); hit !== 0 && at(hits.stamps, hit) <= untilMs; hit = at(oldest, place)) {
    const next = at(hits.newer, hit)
    oldest[place] = next
    if (next === 0) newest[place] = 0
    counts[place] = at(counts, place) - 1
    hits.newer[hit] = hits.free
    hits.free = hit
  }
}

/** Almost always the newest: requests read their time when they begin and may arrive here in another order. */
function insert(part: Part, place: number, atMs: number): void {
  if (part.hits.free === 0) part.hits = growHits(part.hits, part.hits.stamps.length * 2)
  const { oldest, newest, counts, hits } = part
  const hit = hits.free
  hits.free = at(hits.newer, hit)
  hits.stamps[hit] = atMs
  counts[place] = at(counts, place) + 1
  const last = at(newest, place)
  let before = last
  if (last !== 0 && at(hits.stamps, last) > atMs) {
    before = 0
    for (let next = at(oldest, place); at(hits.stamps, next) <= atMs; next = at(hits.newer, next)) before = next
  }
  hits.newer[hit] = before === 0 ? at(oldest, place) : at(hits.newer, before)
  if (before === 0) oldest[place] = hit
  else hits.newer[before] = hit
  if (before === last) newest[place] = hit
}

/** The time of the hit that has so many before it; undefined for less than none. */
function findStamp({ oldest, hits }: Part, place: number, before: number): number | undefined {
  let hit = before < 0 ? 0 : at(oldest, place)
  for (let passed = 0; passed < before; passed++) hit = at(hits.newer, hit)
  return hit === 0 ? undefined : at(hits.stamps, hit)
}

/** What stands there. No index here leaves its array. */
function at(array: Uint32Array | Float64Array, index: number): number {
  return array[index] as number
}
