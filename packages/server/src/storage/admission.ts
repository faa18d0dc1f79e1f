import { overloaded, storageUnavailable } from './commit-faults.ts'

/** Lets so much work in and no more. */
export interface Admission {
  /** @throws Fault `overloaded` when too much is under way, `storage_unavailable` after `close` */
  run<Result>(work: () => Promise<Result>): Promise<Result>
  /** Waits for what is under way. */
  close(): Promise<void>
}

export function createAdmission(limit: number): Admission {
  let underWay = 0
  let closed = false
  let drained: (() => void) | undefined
  return {
    async run(work) {
      if (closed) throw storageUnavailable(new Error('The storage is closed.'))
      if (underWay >= limit) throw overloaded()
      underWay++
      try {
        return await work()
      } finally {
        underWay--
        if (underWay === 0) drained?.()
      }
    },
    async close() {
      closed = true
      if (underWay > 0) await new Promise<void>((resolve) => (drained = resolve))
    },
  }
}
