/** A clock that stands still until it is moved, so that no test waits and none depends on how fast the machine is. */
export interface MovableClock {
  now(): Date
  /** How far it was moved on, in all: moving it back takes nothing away. */
  elapsedMs(): number
  /** Moves it on: milliseconds, or a number with its unit, `ms`, `s`, `m`, `h` or `d`. */
  advance(by: number | Duration): void
  set(to: Date): void
}

type Unit = keyof typeof unitMs
/** Such as `30s` or `12h`. */
export type Duration = `${number}${Unit}`

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A clock that shows `start`: the machine's time at this moment unless it is given. */
export function movableClock(start: Date = new Date()): MovableClock {
  let nowMs = start.getTime()
  let elapsed = 0
  const moveTo = (ms: number) => {
    elapsed += Math.max(0, ms - nowMs)
    nowMs = ms
  }
  return {
    now: () => new Date(nowMs),
    elapsedMs: () => elapsed,
    advance(by) {
      moveTo(nowMs + (typeof by === 'number' ? by : toMs(by)))
    },
    set(to) {
      moveTo(to.getTime())
    },
  }
}

function toMs(duration: Duration): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) ?? []
  if (amount === undefined) throw new TypeError(`${duration} is not a duration like 30s, 5m or 12h.`)
  return Number(amount) * unitMs[unit as Unit]
}
