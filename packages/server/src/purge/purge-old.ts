import { type Context, commit } from '../context.ts'
import type { OldRows } from '../storage/old-rows.ts'

/** Removes a batch of rows that have had their time for `keptMs`. True when there were any: there may be more. */
export function purgeOld(rows: OldRows, keptMs = 0) {
  return async (ctx: Context): Promise<boolean> => {
    const before = ctx.now.getTime() - keptMs
    const isDue = await rows.has(ctx.db, before)
    if (isDue) await commit(ctx, [rows.remove(before)])
    return isDue
  }
}
