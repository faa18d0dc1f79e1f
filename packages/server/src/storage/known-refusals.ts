import type { Hit, Window } from './counters.ts'

/** What the counters have refused, and will go on refusing until a time that is known. */
export interface KnownRefusals {
  /** The refusal of a hit, as long as nothing but time can have changed it. */
  findFull(name: string, window: Window, nowMs: number): Hit | undefined
  keepFull(name: string, window: Window, retryAfterMs: number, nowMs: number): void
  isSeen(name: string, nowMs: number): boolean
  keepSeen(name: string, untilMs: number): void
}

interface Refusal {
  /** Of a window. */
  readonly limit?: number
  readonly untilMs: number
}

/** More of a kind than a flood has names while it lasts; past it the oldest are forgotten, and asked for again. */
const rememberedAtMost = 20_000

/**
 * A window that refuses does so until its first hit leaves it, on whatever node: refused hits are not counted, and none
 * is taken back. A key that was seen stays so until it expires. Remembered here, a flood of what is refused does not
 * reach the database, nor is a name hashed for it.
 */
export function createKnownRefusals(): KnownRefusals {
  const fullWindows = new Map<string, Refusal>()
  const seenKeys = new Map<string, Refusal>()

  return {
    findFull(name, { limit }, nowMs) {
      const full = find(fullWindows, name, nowMs)
      if (full?.limit !== limit) return undefined
      return { allowed: false, remaining: 0, retryAfterMs: full.untilMs - nowMs }
    },
    keepFull(name, { limit }, retryAfterMs, nowMs) {
      if (retryAfterMs > 0) keep(fullWindows, name, { limit, untilMs: nowMs + retryAfterMs })
    },
    isSeen: (name, nowMs) => find(seenKeys, name, nowMs) !== undefined,
    keepSeen: (name, untilMs) => keep(seenKeys, name, { untilMs }),
  }
}

function find(known: Map<string, Refusal>, name: string, nowMs: number): Refusal | undefined {
  // To look for a name costs its hash.
  if (known.size === 0) return undefined
  const refusal = known.get(name)
  if (!refusal || refusal.untilMs > nowMs) return refusal
  known.delete(name)
  return undefined
}

function keep(known: Map<string, Refusal>, name: string, refusal: Refusal): void {
  const [oldest] = known.keys()
  if (known.size >= rememberedAtMost && oldest !== undefined) known.delete(oldest)
  known.set(name, refusal)
}
