import { type Context, commit } from '../context.ts'
import { deleteAllEndedSecrets, hasEndedSecrets } from './client.store.ts'

/** Removes the secrets that have ended: not even sealed are they of use to anybody. False, as one run removes them all. */
export async function purgeSecrets(ctx: Context): Promise<boolean> {
  const before = ctx.now.getTime()
  if (await hasEndedSecrets(ctx.db, before)) await commit(ctx, [deleteAllEndedSecrets({ before })])
  return false
}
