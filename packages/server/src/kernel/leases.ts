/** A small memory of things that another node may change: what it answers is never older than its lease. */
export interface Leases<Value> {
  find(key: string, now: Date): Value | undefined | Promise<Value | undefined>
  /** Forgets one, at once: whoever changes a thing on this node sees the change. */
  forget(key: string): void
  forgetAll(): void
}

/** What was read, or is being read, as it was at a moment. */
interface Lease<Value> {
  readonly value: Value
  readonly since: number
}

/** By then what is asked for often is being read anew, so that nobody has to wait for it. */
const shareBeforeRenewal = 0.8

/** Longer than a load takes. Nobody waits for one that has got stuck but those who came before it could be known. */
const sharedForMs = 100

/**
 * Remembers what `load` answers for `forMs`, at most `size` of them, absences too. Who asks while it is being read waits
 * for that, and reads alone if that fails. A load that was under way when its key was forgotten is answered but not
 * remembered.
 */
export function leases<Value>(
  load: (key: string) => Promise<Value | undefined>,
  { forMs, size }: { readonly forMs: number; readonly size: number },
): Leases<Value> {
  const held = new Map<string, Lease<Value | undefined>>()
  const underWay = new Map<string, Lease<Promise<Value | undefined>>>()
  let forgotten = 0
  // A clock that steps back must not stretch a lease.
  const isWithin = (ms: number, { since }: Lease<unknown>, now: number) => now >= since && now - since < ms

  /** What another has begun to read a moment ago. */
  function beingRead(key: string, nowMs: number): Promise<Value | undefined> | undefined {
    const reading = underWay.get(key)
    return reading && isWithin(Math.min(forMs, sharedForMs), reading, nowMs) ? reading.value : undefined
  }

  function read(key: string, since: number): Promise<Value | undefined> {
    const before = forgotten
    const mine = { value: load(key), since }
    underWay.set(key, mine)
    const leave = () => underWay.get(key) === mine && underWay.delete(key)
    mine.value.then((value) => {
      leave()
      if (before === forgotten) hold(key, { value, since })
    }, leave)
    return mine.value
  }

  function hold(key: string, lease: Lease<Value | undefined>): void {
    held.delete(key)
    const oldest = held.size >= size ? held.keys().next().value : undefined
    if (oldest !== undefined) held.delete(oldest)
    held.set(key, lease)
  }

  return {
    find(key, now) {
      const nowMs = now.getTime()
      const lease = held.get(key)
      if (!lease || !isWithin(forMs, lease, nowMs)) {
        return beingRead(key, nowMs)?.catch(() => load(key)) ?? read(key, nowMs)
      }
      const isDue = nowMs - lease.since >= shareBeforeRenewal * forMs
      // If it fails, whoever asks after the lease hears of it.
      if (isDue && !beingRead(key, nowMs)) read(key, nowMs).catch(() => {})
      return lease.value
    },
    forget(key) {
      forgotten++
      underWay.delete(key)
      held.delete(key)
    },
    forgetAll() {
      forgotten++
      underWay.clear()
      held.clear()
    },
  }
}
