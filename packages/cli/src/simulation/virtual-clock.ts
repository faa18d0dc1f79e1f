/** A clock that can be moved on, and that goes by itself where delays are measured. */
export interface VirtualClock {
  now(): Date
  elapsedMs(): number
  advance(ms: number): void
  /** From now on it goes as fast as that of the machine. */
  flow(): void
}

export function virtualClock(start: Date): VirtualClock {
  let movedMs = 0
  let flowingSince: number | undefined
  const elapsedMs = () => movedMs + (flowingSince === undefined ? 0 : performance.now() - flowingSince)
  return {
    elapsedMs,
    now: () => new Date(start.getTime() + Math.floor(elapsedMs())),
    advance(ms) {
      movedMs += ms
    },
    flow() {
      flowingSince ??= performance.now()
    },
  }
}
