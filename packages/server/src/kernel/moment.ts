/** Time and chance, as values. All that a decision may know of the outside world. */
export interface Moment {
  /** Read once per request or job run, so that one operation sees one time. */
  readonly now: Date
  /** `bytes` bytes from a cryptographically secure source. */
  readonly random: (bytes: number) => Uint8Array
}

/** Where moments come from: the only place that knows the machine's clock and its source of chance. */
export interface World {
  readonly now: () => Date
  readonly random: (bytes: number) => Uint8Array
  /** Goes forward, from any beginning, whatever is done to the clock. Without it `now` is trusted not to be set back. */
  readonly elapsedMs?: () => number
}
