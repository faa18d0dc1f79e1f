import type { World } from './moment.ts'

/** Epoch milliseconds on a clock that began right and only ever goes forward, whatever is done to the machine's. */
export type SteadyClock = (now: Date) => number

/**
 * A clock for what must not last longer because somebody sets the machine's clock back. It may be off by as much as that was
 * when it began: compare its times with each other, and demand the same of the machine's clock.
 */
export function steadyClock({ now, elapsedMs }: World): SteadyClock {
  if (!elapsedMs) return (shown) => shown.getTime()
  const beginning = now().getTime() - elapsedMs()
  return () => Math.floor(beginning + elapsedMs())
}
