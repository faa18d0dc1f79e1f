import type { Policy } from '@gatehouse/contract/policy'
import { type Context, commit } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { deletePastAlerts, hasPastAlerts } from './alert.store.ts'

/** Removes alerts that were closed long ago. What they were raised by stays on record. */
export function purgeAlerts({ alertDays }: Policy) {
  return async (ctx: Context): Promise<boolean> => {
    const before = ctx.now.getTime() - alertDays * dayMs
    if (await hasPastAlerts(ctx.db, before)) await commit(ctx, [deletePastAlerts({ before })])
    return false
  }
}
