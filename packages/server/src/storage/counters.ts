import type { Write } from './write.ts'

/**
 * What a count is kept under: a name, or a digest that nobody can choose, a character for each byte (Latin-1), which
 * needs no hash of its own.
 */
export type CounterName = string | { readonly digest: string }

/** One count in memory, as the journal keeps it. */
export interface CounterRecord {
  readonly kind: 'hit' | 'once'
  readonly at: number
  readonly expiresAt: number
  /** As `counterKey` makes it. */
  readonly key: string
}

/** A count that was taken in memory and must be durable before the answer leaves. Opaque to everyone but the engine. */
export type Owed = CounterRecord | Write

/** Verdict over one hit in a sliding window. */
export interface Hit {
  /** False when the window was full; a refused hit is not counted. */
  readonly allowed: boolean
  readonly remaining: number
  /** Milliseconds until a hit would be allowed; 0 when one would be allowed now. */
  readonly retryAfterMs: number
}

export interface Window {
  /** Hits allowed in any `windowMs`. */
  readonly limit: number
  readonly windowMs: number
}

/**
 * The three primitives that all abuse control stands on. All count before anything is judged and are atomic under
 * parallel calls. What they return in `owed` goes into the `commit` of the change it belongs to, or into an empty one,
 * before the answer leaves; an engine that counts in the database owes nothing.
 */
export interface Counters {
  /** Counts one hit under `key` if the true sliding window has room for it. A key has one window. */
  hit(key: string, window: Window, nowMs: number): Counted<Hit>
  /** True the first time `key` is seen within `ttlMs`, false after. */
  once(key: CounterName, ttlMs: number, nowMs: number): Counted<{ readonly first: boolean }>
  /**
   * Reads the small text that is kept under `key`, lets `decide` say what it is to be (undefined forgets it), and keeps
   * that for `ttlMs`, all in one step. `decide` is pure: it may run more than once.
   */
  update<Result>(
    key: string,
    ttlMs: number,
    nowMs: number,
    decide: (kept: string | undefined) => Kept<Result>,
  ): Promise<{ readonly result: Result; readonly owed?: Owed }>
}

/** A verdict and what it owes; at once from an engine that counts in memory. */
export type Counted<Verdict> = (Verdict & { readonly owed?: Owed }) | Promise<Verdict & { readonly owed?: Owed }>

/** What to keep from now on, and what to tell the caller. */
export interface Kept<Result> {
  readonly kept: string | undefined
  readonly result: Result
}
