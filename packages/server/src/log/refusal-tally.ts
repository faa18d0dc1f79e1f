import type { ProblemCode } from '@gatehouse/contract/problems'
import { type Context, commit } from '../context.ts'
import { minuteMs } from '../kernel/durations.ts'
import type { TenantId, UserId } from '../kernel/ids.ts'
import { record } from './record.ts'

/** What is told of refusals that are counted in place of being on record one by one. */
interface RefusalKind {
  readonly tenantId: TenantId
  readonly code: ProblemCode
  /** The slug of the application that called, or that strangers said they were. */
  readonly client: string | null
  /** The person or administrator who called for themselves. */
  readonly userId: UserId | undefined
  /** Whether a signature or a token said who they were. */
  readonly isProven: boolean
}

/** Refusals of this node that have no event of their own, since they were last written down. */
export interface RefusalTally {
  add(kind: RefusalKind, nowMs: number): void
  /** The record has no room for strangers until then. */
  fill(untilMs: number): void
  isFull(nowMs: number): boolean
  /** One event for each kind. */
  writeDown(ctx: Context): Promise<void>
}

type Counted = RefusalKind & { readonly sinceMs: number; count: number }

export function refusalTally(): RefusalTally {
  let counted = new Map<string, Counted>()
  let fullUntilMs = 0

  function add(kind: RefusalKind, sinceMs: number, times: number): void {
    const key = `${kind.tenantId} ${kind.code} ${kind.client} ${kind.userId} ${kind.isProven}`
    const before = counted.get(key)
    if (before) before.count += times
    else counted.set(key, { ...kind, sinceMs, count: times })
  }

  return {
    add: (kind, nowMs) => add(kind, nowMs, 1),
    fill(untilMs) {
      fullUntilMs = untilMs
    },
    // A clock that was set back does not make a minute longer.
    isFull: (nowMs) => nowMs < fullUntilMs && fullUntilMs - nowMs <= minuteMs,
    async writeDown(ctx) {
      if (counted.size === 0) return
      const taken = [...counted.values()]
      counted = new Map()
      try {
        await commit(
          ctx,
          taken.map((each) => tell(ctx, each)),
        )
      } catch (error) {
        for (const each of taken) add(each, each.sinceMs, each.count)
        throw error
      }
    },
  }
}

function tell(ctx: Context, { tenantId, code, client, userId, isProven, count, sinceMs }: Counted) {
  const data = { code, count, client, proven: isProven, since: new Date(sinceMs).toISOString() }
  return record({ ...ctx, tenantId }, { type: 'refusals.counted', userId, data })
}
