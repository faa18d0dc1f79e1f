import { type Context, commit } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import { findLease, releaseLease, takeLease } from './lease.store.ts'

/** The right to do something alone, for a while. */
export interface Leases {
  /** Whether this node has the lease now, having taken it if it was free. */
  hold(ctx: Context, name: string): Promise<boolean>
  /** Lets another node go on at once. */
  release(ctx: Context): Promise<void>
}

/** How long a node that is gone holds up the others. */
export const leaseMs = 15 * secondMs

/** Leases in the database, for any number of nodes. `holder` is the name of this one, chosen anew at each start. */
export function sharedLeases(holder: string): Leases {
  const held = new Map<string, number>()
  return {
    async hold(ctx, name) {
      const nowMs = ctx.now.getTime()
      const leftMs = (held.get(name) ?? 0) - nowMs
      // Half of it is left: nothing to write.
      if (leftMs > leaseMs / 2 && leftMs <= leaseMs) return true
      const until = nowMs + leaseMs
      const lease = await findLease(ctx.db, name)
      if (lease && lease.holder !== holder && lease.until > nowMs && lease.until <= until) return false
      const { done } = await commit(ctx, [takeLease({ name, holder, until, nowMs })])
      if (done) held.set(name, until)
      return done
    },
    async release(ctx) {
      const names = [...held.keys()]
      held.clear()
      if (names.length > 0)
        await commit(
          ctx,
          names.map((name) => releaseLease({ name, holder })),
        )
    },
  }
}

/** For the one server of an embedded database: nobody else is there, and after a crash nobody waits for a dead node. */
export const noLeases: Leases = {
  hold: async () => true,
  release: async () => {},
}
