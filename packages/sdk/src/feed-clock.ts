/** What the last word of the feed says of time; all in milliseconds. */
export interface Known {
  /** Our clock, when the word was true at the latest. */
  readonly since: number
  /** The server's time then. */
  readonly serverTime: number
}

/**
 * When a word of a feed was true, by our clock. A word that was held back on its way must not look new: the server's time in
 * it is laid against that in the first word, which cannot have been written before we asked.
 */
export function placeWord(
  first: { readonly askedAt: number; readonly serverTime: number },
  word: { readonly arrivedAt: number; readonly serverTime: number },
): Known {
  const since = Math.min(word.arrivedAt, first.askedAt + (word.serverTime - first.serverTime))
  return { since, serverTime: word.serverTime }
}

/** Whether what we know is too old to go by. A clock that was set back knows nothing. */
export function isStale(known: Known | undefined, now: number, maxStalenessMs: number): boolean {
  return known === undefined || now < known.since || now - known.since > maxStalenessMs
}

/** The server's time now: never before it really is, so that nothing is good for longer than it should be. */
export function serverTimeAt(known: Known, now: number): number {
  return known.serverTime + (now - known.since)
}
