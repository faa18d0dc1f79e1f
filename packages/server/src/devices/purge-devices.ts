import { type Context, commit } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { deleteExpiredDevices, hasExpiredDevices } from './device.store.ts'

/** Removes a batch of devices that are not known any more since a day. True when there were any. */
export async function purgeDevices(ctx: Context): Promise<boolean> {
  const before = ctx.now.getTime() - dayMs
  if (!(await hasExpiredDevices(ctx.db, before))) return false
  await commit(ctx, [deleteExpiredDevices({ before, rows: 500 })])
  return true
}
