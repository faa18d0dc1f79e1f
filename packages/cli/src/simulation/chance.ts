/** Chance that is the same for the same seed. */
export interface Chance {
  /** At least 0 and less than 1. */
  number(): number
  /** True in so many of a hundred cases. */
  percent(share: number): boolean
  /** A whole number, both ends included. */
  between(least: number, most: number): number
  pick<Thing>(things: readonly Thing[]): Thing
  /** Around `mean`, two thirds of them nearer than `spread`. */
  around(mean: number, spread: number): number
}

/** mulberry32: small, and good enough for people who are not there. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const number = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    number,
    percent: (share) => number() * 100 < share,
    between: (least, most) => least + Math.floor(number() * (most - least + 1)),
    pick(things) {
      const thing = things[Math.floor(number() * things.length)]
      if (thing === undefined) throw new RangeError('There is nothing to pick from.')
      return thing
    },
    // The sum of three is near enough to a bell.
    around: (mean, spread) => mean + (number() + number() + number() - 1.5) * 2 * spread,
  }
}
