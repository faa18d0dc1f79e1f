import type { Policy } from '@gatehouse/contract/policy'
import { type Context, commit } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { deletePastSessions, hasPastSessions } from './session.store.ts'

/** Removes a batch of sessions that ended long enough ago. True when there were any. */
export function purgeSessions(policy: Policy) {
  return async (ctx: Context): Promise<boolean> => {
    const before = ctx.now.getTime() - policy.sessionKeepDays * dayMs
    if (!(await hasPastSessions(ctx.db, before))) return false
    await commit(ctx, [deletePastSessions({ before, rows: 500 })])
    return true
  }
}
