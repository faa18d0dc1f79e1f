import type { User } from '@gatehouse/contract/resources'
import { type Context, commit } from '../context.ts'
import { listDeviceIds } from '../devices/known-device.ts'
import { resumePush } from '../factors/pace-push.ts'
import { resumeFactorsOf } from '../factors/suspend-factor.ts'
import { forgetTally, loginTally, mfaTally } from '../guard/count-attempt.ts'
import type { UserId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { getUserRow } from './get-user.ts'
import { showUser } from './show-user.ts'

/** Lifts every lock of a user: of the name, of each known device, of codes and of suspended factors. */
export async function unlockUser(ctx: Context, input: { readonly id: UserId; readonly reason: string }): Promise<User> {
  const user = await getUserRow(ctx, input.id)
  if (user.email_key !== null) {
    for (const deviceId of [undefined, ...(await listDeviceIds(ctx, user.id))]) {
      await forgetTally(ctx, loginTally(ctx, user.email_key, deviceId))
    }
  }
  await forgetTally(ctx, mfaTally(ctx, user.id))
  await resumePush(ctx, user.id)
  await commit(ctx, [
    resumeFactorsOf(ctx, user.id),
    record(ctx, { type: 'user.unlocked', userId: user.id, data: { reason: input.reason } }),
  ])
  return showUser(user)
}
