/** A clock that stands still until it is moved, so that no test waits and none depends on how fast the machine is. */
export interface MovableClock {
  now(): Date
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
  return {
    now: () => new Date(nowMs),
    advance(by) {
      nowMs += typeof by === 'number' ? by : toMs(by)
    },
    set(to) {
      nowMs = to.getTime()
    },
  }
}

function toMs(duration: Duration): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) ?? []
  if (amount === undefined) throw new TypeError(`${duration} is not a duration like 30s, 5m or 12h.`)
  return Number(amount) * unitMs[unit as Unit]
}
