/** A count that was taken in memory and must be durable before the answer leaves. Opaque to everyone but the engine. */
export type Owed = Uint8Array

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
 * The two primitives that all abuse control stands on. Both count before anything is judged and are atomic under
 * parallel calls. What they return in `owed` goes into the `commit` of the change it belongs to, or into an empty one,
 * before the answer leaves; an engine that counts in the database owes nothing.
 */
export interface Counters {
  /** Counts one hit under `key` if the true sliding window has room for it. A key has one window. */
  hit(key: string, window: Window, nowMs: number): Promise<Hit & { readonly owed?: Owed }>
  /** True the first time `key` is seen within `ttlMs`, false after. */
  once(key: string, ttlMs: number, nowMs: number): Promise<{ readonly first: boolean; readonly owed?: Owed }>
}
