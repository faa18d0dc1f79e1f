import type { Context } from '../context.ts'
import { listDeviceIds } from '../devices/known-device.ts'
import { forgetNameFailures } from '../guard/captcha/failure-tally.ts'
import { forgetTally, loginTally } from '../guard/count-attempt.ts'
import type { UserRow } from './user.store.ts'

/** Forgets the wrong passwords of a user: those on the name and on each known device, and what asks for a captcha. */
export async function forgiveSignIns(ctx: Context, { id, email_key }: UserRow): Promise<void> {
  if (email_key === null) return
  for (const deviceId of [undefined, ...(await listDeviceIds(ctx, id))]) {
    await forgetTally(ctx, loginTally(ctx, email_key, deviceId))
  }
  await forgetNameFailures(ctx, email_key)
}
