import { counterKey } from './counter-key.ts'
import { decodeRecord, recordLength } from './counter-record.ts'
import type { Counters } from './counters.ts'
import { createKnownRefusals } from './known-refusals.ts'
import { createSeenKeys } from './seen-keys.ts'
import { createSlidingWindows } from './sliding-windows.ts'

/** Counters of the one node there is: decided at the call, in memory, and owed to the journal. */
export interface MemoryCounters extends Pick<Counters, 'hit' | 'once'> {
  /** Counts again what the journal kept and has not expired. Rows come in the order in which they were written. */
  restore(records: Buffer, nowMs: number): void
}

export function createMemoryCounters(): MemoryCounters {
  const seen = createSeenKeys()
  const windows = createSlidingWindows()
  const known = createKnownRefusals()
  return {
    hit(name, window, nowMs) {
      const full = known.findFull(name, window, nowMs)
      if (full) return full
      const key = counterKey(name)
      const verdict = windows.hit(key, window, nowMs)
      if (!verdict.allowed) {
        known.keepFull(name, window, verdict.retryAfterMs, nowMs)
        return verdict
      }
      return { ...verdict, owed: { kind: 'hit', at: nowMs, expiresAt: nowMs + window.windowMs, key } }
    },
    once(name, ttlMs, nowMs) {
      const text = typeof name === 'string' ? name : name.digest
      if (known.isSeen(text, nowMs)) return { first: false }
      const key = counterKey(name)
      const expiresAt = nowMs + ttlMs
      const until = seen.add(key, expiresAt, nowMs)
      if (until !== undefined) {
        known.keepSeen(text, until)
        return { first: false }
      }
      return { first: true, owed: { kind: 'once', at: nowMs, expiresAt, key } }
    },
    restore(records, nowMs) {
      for (let offset = 0; offset + recordLength <= records.length; offset += recordLength) {
        const { kind, at, expiresAt, key } = decodeRecord(records, offset)
        if (expiresAt <= nowMs) continue
        if (kind === 'hit') windows.restore(key, expiresAt - at, at)
        else seen.add(key, expiresAt, at)
      }
    },
  }
}
