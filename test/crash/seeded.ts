/** Chance that can be had again: the same seed gives the same numbers (mulberry32). Not for secrets. */
export interface Seeded {
  /** From 0 up to, but not including, `limit`. */
  below(limit: number): number
  pick<Item>(items: readonly Item[]): Item | undefined
  /** `count` of the items, or all if there are fewer, in any order. */
  sample<Item>(items: readonly Item[], count: number): Item[]
}

export function seeded(seed: number): Seeded {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    below,
    pick: (items) => items[below(items.length)],
    sample(items, count) {
      const left = [...items]
      const size = Math.min(count, left.length)
      return Array.from({ length: size }, () => left.splice(below(left.length), 1)).flat()
    },
  }
}
