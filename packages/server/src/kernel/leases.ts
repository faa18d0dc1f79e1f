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

/**
 * Remembers what `load` answers for `forMs`, at most `size` of them, absences too. Who asks while it is being read waits
 * for that. A load that was under way when its key was forgotten is answered but not remembered.
 */
export function leases<Value>(
  load: (key: string) => Promise<Value | undefined>,
  { forMs, size }: { readonly forMs: number; readonly size: number },
): Leases<Value> {
  const held = new Map<string, Lease<Value | undefined>>()
  const underWay = new Map<string, Lease<Promise<Value | undefined>>>()
  // A clock that steps back must not stretch a lease.
  const runs = (lease: Lease<unknown>, now: number) => now >= lease.since && now - lease.since < forMs

  function renew(key: string, since: number): Promise<Value | undefined> {
    const before = underWay.get(key)
    if (before && runs(before, since)) return before.value
    const mine = { value: load(key), since }
    underWay.set(key, mine)
    // Not where it was forgotten meanwhile, or has taken longer than its lease.
    const leave = () => underWay.get(key) === mine && underWay.delete(key)
    mine.value.then((value) => {
      if (leave()) hold(key, { value, since })
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
      if (!lease || !runs(lease, nowMs)) return renew(key, nowMs)
      // If it fails, whoever asks after the lease hears of it.
      if (nowMs - lease.since >= shareBeforeRenewal * forMs) renew(key, nowMs).catch(() => {})
      return lease.value
    },
    forget(key) {
      underWay.delete(key)
      held.delete(key)
    },
    forgetAll() {
      underWay.clear()
      held.clear()
    },
  }
}
