import type { Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { login as Contract } from '@gatehouse/contract/sign-in-operations'
import { type Context, callingClient } from '../context.ts'
import { findKnownDevice, type KnownDevice } from '../devices/known-device.ts'
import { findBlock, findWideBlock } from '../guard/blocked-source.ts'
import type { CaptchaGuard } from '../guard/captcha/captcha-guard.ts'
import {
  countPassword,
  findLock,
  forgetTally,
  judgeCounted,
  loginTally,
  settlePassword,
} from '../guard/count-attempt.ts'
import { countRequest } from '../guard/count-request.ts'
import { refuseLocked } from '../guard/refuse-locked.ts'
import { nobodyId } from '../kernel/ids.ts'
import { refuse } from '../log/refuse.ts'
import { emailKey } from '../users/email.ts'
import { findUserByAddress } from '../users/find-user-by-address.ts'
import type { UserRow } from '../users/get-user.ts'

interface Tools {
  readonly policy: Policy
  readonly captcha: CaptchaGuard
}

/** An attempt at a password that is counted and may be judged. */
export interface Attempt {
  /** Whose name it is, as they were before it was counted. */
  readonly user: UserRow | undefined
  /** Which its owner has proven before. */
  readonly device: KnownDevice | undefined
  /** It is the one too many, if it fails. */
  readonly locks: boolean
  /** What nobody has looked at, because there is too much to do, does not count. */
  judge<Verdict>(judge: () => Promise<Verdict>): Promise<Verdict>
  fail(): Promise<void>
  succeed(): Promise<void>
}

/** Counts before anything is judged. A locked name gets one answer, known or not, whatever the password. */
export function admitAttempt({ policy, captcha }: Tools) {
  /**
   * Sign-ins count against the account, so that many sources do not add up; not those from a device that its owner has
   * proven, or a stranger could use up what the owner may do.
   */
  async function limitAccount(ctx: Context, key: string): Promise<void> {
    const { id, limits } = callingClient(ctx)
    const { refusal } = await countRequest(ctx, `rate auth ${id} ${key}`, limits.auth ?? policy.rateAuthPerMinute)
    if (refusal) throw refusal
  }

  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Attempt> => {
    const [user, wide] = await Promise.all([findUserByAddress(ctx, input.email), findWideBlock(ctx)])
    const failed = { type: 'login.failed', userId: user?.id, email: input.email } as const
    if (wide) return refuseLocked(ctx, wide, failed)
    const device = await findKnownDevice(ctx, user?.id, input.end_user?.device_token)
    // Only who had the right password has been said no to: this tells nobody which accounts there are.
    const block = device ? undefined : await findBlock(ctx, user?.id ?? nobodyId)
    if (block) return refuseLocked(ctx, block, failed)

    const key = emailKey(input.email)
    const tally = loginTally(ctx, key, device?.id)
    let takeBackCaptcha = async () => {}
    if (!device) {
      await limitAccount(ctx, key)
      const asked = await captcha.check(ctx, { name: key, ip: input.end_user?.ip, token: input.captcha_token })
      if (!asked.passed) {
        // What the captcha refuses is no attempt at the password. A lock is told first, with captcha or without.
        const lock = await findLock(ctx, tally, policy)
        if (lock) return refuseLocked(ctx, lock, failed)
        const event = { ...failed, type: 'login.captcha_required', data: { reason: asked.reason } } as const
        return refuse(ctx, 'captcha_required', { captcha: asked.task, event })
      }
      takeBackCaptcha = asked.takeBack
    }
    const verdict = await countPassword(ctx, tally, policy)
    if (!verdict.allowed) {
      await takeBackCaptcha()
      return refuseLocked(ctx, verdict, failed)
    }
    return {
      user,
      device,
      locks: verdict.locks,
      judge: (judge) =>
        judgeCounted(ctx, tally, judge).catch(async (error: unknown) => {
          await takeBackCaptcha()
          throw error
        }),
      fail: () => settlePassword(ctx, tally),
      async succeed() {
        await Promise.all([forgetTally(ctx, tally), takeBackCaptcha()])
      },
    }
  }
}
