import type { Hit, Window } from './counters.ts'

/** The hits of the recent past, by key. */
export interface SlidingWindows {
  hit(key: Buffer, window: Window, nowMs: number): Hit
  /** Takes a hit back into memory that was counted before. */
  restore(key: Buffer, windowMs: number, atMs: number): void
}

interface Hits {
  /** Ascending. */
  readonly stamps: number[]
  windowMs: number
}

interface Part {
  readonly hits: Map<string, Hits>
  /** Size at which the expired ones are looked for: half as many again as were left, so that each entry pays little. */
  sweepAt: number
}

const smallestSweep = 16

/** Sliding windows in memory, in 256 parts, so that neither growing nor forgetting ever takes long. */
export function createSlidingWindows(): SlidingWindows {
  const parts: Part[] = Array.from({ length: 256 }, () => ({ hits: new Map(), sweepAt: smallestSweep }))

  function findPart(key: Buffer): Part {
    return parts[key.readUInt8(0)] as Part
  }

  function add(part: Part, name: string, windowMs: number, atMs: number): Hits {
    if (part.hits.size >= part.sweepAt) sweep(part, atMs)
    // Born with its first stamp: an array that grows from nothing takes room for seventeen.
    const hits: Hits = { stamps: [atMs], windowMs }
    part.hits.set(name, hits)
    return hits
  }

  return {
    hit(key, window, nowMs) {
      const part = findPart(key)
      const name = key.toString('latin1')
      const hits = part.hits.get(name)
      if (!hits) {
        const first = window.limit > 0 ? add(part, name, window.windowMs, nowMs).stamps : []
        return judgeWindow(first, window.limit > 0, window, nowMs)
      }
      hits.windowMs = window.windowMs
      forget(hits.stamps, nowMs - window.windowMs)
      const allowed = hits.stamps.length < window.limit
      if (allowed) insert(hits.stamps, nowMs)
      return judgeWindow(hits.stamps, allowed, window, nowMs)
    },
    restore(key, windowMs, atMs) {
      const part = findPart(key)
      const name = key.toString('latin1')
      const hits = part.hits.get(name)
      if (hits) insert(hits.stamps, atMs)
      else add(part, name, windowMs, atMs)
    },
  }
}

/** What to say when `stamps`, ascending, is all that the window holds. */
export function judgeWindow(stamps: readonly number[], allowed: boolean, window: Window, nowMs: number): Hit {
  const { limit, windowMs } = window
  const remaining = Math.max(0, limit - stamps.length)
  if (remaining > 0) return { allowed, remaining, retryAfterMs: 0 }
  // When this one leaves the window, there is room again.
  const leaving = stamps[stamps.length - limit] ?? nowMs
  return { allowed, remaining, retryAfterMs: leaving + windowMs - nowMs }
}

function sweep(part: Part, nowMs: number): void {
  for (const [name, { stamps, windowMs }] of part.hits) {
    if ((stamps.at(-1) ?? 0) + windowMs <= nowMs) part.hits.delete(name)
  }
  part.sweepAt = Math.max(smallestSweep, part.hits.size * 1.5)
}

function forget(stamps: number[], untilMs: number): void {
  let gone = 0
  while (gone < stamps.length && (stamps[gone] ?? 0) <= untilMs) gone++
  if (gone > 0) stamps.splice(0, gone)
}

/** Almost always at the end: requests read their time when they begin and may arrive here in another order. */
function insert(stamps: number[], atMs: number): void {
  let place = stamps.length
  while (place > 0 && (stamps[place - 1] ?? 0) > atMs) place--
  if (place === stamps.length) stamps.push(atMs)
  else stamps.splice(place, 0, atMs)
}
