import { type Context, callingClient } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { ChallengeId } from '../kernel/ids.ts'
import { getUserRow, type UserRow } from '../users/get-user.ts'
import { findChallenge, isOpenTo } from './challenge.store.ts'

/**
 * Who stands in the middle of this sign-in: they have proven the password, and nothing else yet.
 * @throws Fault `challenge_expired`, whatever is wrong with it
 */
export async function getOpenSignIn(ctx: Context, id: ChallengeId): Promise<UserRow> {
  const challenge = await findChallenge(ctx.db, ctx.tenantId, id)
  if (!isOpenTo(challenge, callingClient(ctx), ctx.now) || challenge.purpose !== 'sign_in') {
    throw new Fault('challenge_expired')
  }
  const user = await getUserRow(ctx, challenge.user_id)
  if (user.version !== challenge.user_version) throw new Fault('challenge_expired')
  return user
}
