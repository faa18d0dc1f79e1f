import type { Policy } from '@gatehouse/contract/policy'
import { type Context, commit } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { deletePastEndings, hasPastEndings } from './ending.store.ts'
import { deletePastSessions, hasPastSessions } from './session.store.ts'

/** Removes a batch of sessions that ended long enough ago. True when there were any. */
export function purgeSessions(policy: Policy) {
  return async (ctx: Context): Promise<boolean> => {
    const before = ctx.now.getTime() - policy.sessionKeepDays * dayMs
    const isDue = (await hasPastSessions(ctx.db, before)) || (await hasPastEndings(ctx.db, before))
    if (isDue) await commit(ctx, [deletePastSessions({ before, rows: 500 }), deletePastEndings({ before, rows: 500 })])
    return isDue
  }
}
