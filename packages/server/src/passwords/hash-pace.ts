import type { HashCost } from './hash-protocol.ts'

/**
 * Keeps a hash of less cost from answering sooner than one of the current cost: the time would tell whose account is old.
 * Its estimates are off by some percent, as caches and page sizes are; so it learns from what was measured.
 */
export interface HashPace {
  isWeak(stored: HashCost): boolean
  /** What must be hashed beside a hash of this cost; undefined when nothing, or too little to tell. */
  findMissing(stored: HashCost): HashCost | undefined
  /** What must be hashed after something else has taken so long. */
  findRest(tookMs: number): HashCost | undefined
  /** A hash of this cost, with what was missing, has taken this much of a processor. */
  learn(stored: HashCost, cpuMs: number): void
}

/** RFC 9106, section 3.1: 8 KiB for each lane. */
const smallestMemoryKib = 8

/** How far one measurement may move an estimate: it may have been disturbed by something else. */
const largestStep = 0.02

export function hashPace(current: HashCost): HashPace {
  /** What weak hashes lack, in KiB at the current number of passes, by their cost. */
  const lacking = new Map<string, number>()
  let usualMs = 0

  function isWeak(stored: HashCost): boolean {
    return work(stored) < work(current)
  }
  function findLacking(stored: HashCost): number {
    return lacking.get(nameOf(stored)) ?? (1 - work(stored) / work(current)) * current.memoryKib
  }
  return {
    isWeak,
    findMissing(stored) {
      const memoryKib = isWeak(stored) ? Math.round(findLacking(stored)) : 0
      return memoryKib < smallestMemoryKib ? undefined : { memoryKib, passes: current.passes }
    },
    findRest(tookMs) {
      // Before anything was measured the whole hash is made: too long is better than too short.
      const share = usualMs === 0 ? 1 : 1 - tookMs / usualMs
      const memoryKib = Math.round(share * current.memoryKib)
      return memoryKib < smallestMemoryKib ? undefined : { memoryKib, passes: current.passes }
    },
    learn(stored, cpuMs) {
      if (work(stored) === work(current)) {
        usualMs = usualMs === 0 ? cpuMs : usualMs * (1 + smallStep((cpuMs / usualMs - 1) / 4))
      } else if (isWeak(stored) && usualMs > 0) {
        const step = smallStep((1 - cpuMs / usualMs) / 2)
        lacking.set(nameOf(stored), findLacking(stored) + step * current.memoryKib)
      }
    },
  }
}

function smallStep(step: number): number {
  return Math.max(-largestStep, Math.min(largestStep, step))
}

/** The first pass counts for more: it also fetches the memory. */
function work({ memoryKib, passes }: HashCost): number {
  return memoryKib * (passes + 0.4)
}

function nameOf({ memoryKib, passes }: HashCost): string {
  return `${memoryKib},${passes}`
}
