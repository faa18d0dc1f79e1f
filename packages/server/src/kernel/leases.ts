/** A small memory of things that another node may change: what it answers is never older than its lease. */
export interface Leases<Value> {
  find(key: string, now: Date): Value | undefined | Promise<Value | undefined>
  /** Forgets one, at once: whoever changes a thing on this node sees the change. */
  forget(key: string): void
  forgetAll(): void
}

interface Lease<Value> {
  readonly value: Value | undefined
  readonly since: number
}

/**
 * Remembers what `load` answers for `forMs`, at most `size` of them, absences too. A load that was under way when its
 * key was forgotten is answered but not remembered.
 */
export function leases<Value>(
  load: (key: string) => Promise<Value | undefined>,
  options: { readonly forMs: number; readonly size: number },
): Leases<Value> {
  const held = new Map<string, Lease<Value>>()
  let forgotten = 0

  async function renew(key: string, since: number): Promise<Value | undefined> {
    const before = forgotten
    const value = await load(key)
    if (before !== forgotten) return value
    held.delete(key)
    const oldest = held.size >= options.size ? held.keys().next().value : undefined
    if (oldest !== undefined) held.delete(oldest)
    held.set(key, { value, since })
    return value
  }

  return {
    find(key, now) {
      const since = now.getTime()
      const lease = held.get(key)
      // A clock that steps back must not stretch a lease.
      if (lease && since >= lease.since && since - lease.since < options.forMs) return lease.value
      return renew(key, since)
    },
    forget(key) {
      forgotten++
      held.delete(key)
    },
    forgetAll() {
      forgotten++
      held.clear()
    },
  }
}
