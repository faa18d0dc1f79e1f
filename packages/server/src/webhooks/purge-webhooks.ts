import type { Policy } from '@gatehouse/contract/policy'
import { type Context, commit } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { deleteOldDeliveries, hasOldDeliveries } from './delivery.store.ts'

/** Removes a batch of deliveries that have had their time, taken or not. True when there were any. */
export function purgeWebhooks({ webhookKeepDays }: Policy): (ctx: Context) => Promise<boolean> {
  return async (ctx) => {
    const before = ctx.now.getTime() - webhookKeepDays * dayMs
    if (!(await hasOldDeliveries(ctx.db, before))) return false
    await commit(ctx, [deleteOldDeliveries({ before, rows: 500 })])
    return true
  }
}
