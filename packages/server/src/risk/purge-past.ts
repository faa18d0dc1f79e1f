import type { Policy } from '@gatehouse/contract/policy'
import { type Context, commit } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { deleteOldPast, listPasts } from './past.store.ts'

/** So many users are looked at in an hour: an index by age would make each sign-in dearer, and nothing here is in a hurry. */
const usersPerRun = 2000

/** Forgets what is usual for users who have not signed in for long, a part of the users at a time. */
export function purgePast({ pastDays }: Policy) {
  let after = ''
  return async (ctx: Context): Promise<boolean> => {
    const before = ctx.now.getTime() - pastDays * dayMs
    const rows = await listPasts(ctx.db, after, usersPerRun)
    const old = rows.filter(({ learned_at }) => learned_at < before)
    if (old.length > 0) {
      await commit(
        ctx,
        old.map(({ user_id }) => deleteOldPast({ user_id, before })),
      )
    }
    after = rows.length < usersPerRun ? '' : (rows.at(-1)?.user_id ?? '')
    return false
  }
}
