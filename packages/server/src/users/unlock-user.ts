import type { User } from '@gatehouse/contract/resources'
import { type Context, commit } from '../context.ts'
import { resumePush } from '../factors/pace-push.ts'
import { resumeFactorsOf } from '../factors/suspend-factor.ts'
import { forgetTally, mfaTally } from '../guard/count-attempt.ts'
import type { UserId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { forgiveSignIns } from './forgive-sign-ins.ts'
import { getUserRow } from './get-user.ts'
import { showUser } from './show-user.ts'

/** Lifts every lock of a user: of the name, of each known device, of codes and of suspended factors. */
export async function unlockUser(ctx: Context, input: { readonly id: UserId; readonly reason: string }): Promise<User> {
  const user = await getUserRow(ctx, input.id)
  await forgiveSignIns(ctx, user)
  await forgetTally(ctx, mfaTally(ctx, user.id))
  await resumePush(ctx, user.id)
  await commit(ctx, [
    resumeFactorsOf(ctx, user.id),
    record(ctx, { type: 'user.unlocked', userId: user.id, data: { reason: input.reason } }),
  ])
  return showUser(user)
}
