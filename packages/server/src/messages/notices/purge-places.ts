import { type Context, commit } from '../../context.ts'
import { dayMs } from '../../kernel/durations.ts'
import { deleteOldPlaces, hasOldPlaces } from './familiar-place.store.ts'

/** A place that was not used for so long is new again. */
export const familiarMs = 90 * dayMs

/** Forgets places that nobody has signed in from for 90 days. True when there were any. */
export async function purgePlaces(ctx: Context): Promise<boolean> {
  const before = ctx.now.getTime() - familiarMs
  if (!(await hasOldPlaces(ctx.db, before))) return false
  await commit(ctx, [deleteOldPlaces({ before })])
  return false
}
