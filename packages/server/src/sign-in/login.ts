import type { Method } from '@gatehouse/contract/methods'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { RiskRules } from '@gatehouse/contract/risk'
import type { login as Contract } from '@gatehouse/contract/sign-in-operations'
import { type Context, callingClient, commit } from '../context.ts'
import { findKnownDevice, isRemembered } from '../devices/known-device.ts'
import type { AskTools } from '../factors/ask-question.ts'
import { listActiveFactors } from '../factors/list-factors.ts'
import { canCheckByMail, makeMailCheck } from '../factors/mail-check.ts'
import type { FactorReader } from '../factors/stored-factor.ts'
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
import { secondMs } from '../kernel/durations.ts'
import type { UserId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import { assessSignIn } from '../risk/assess-sign-in.ts'
import { noteFailedSignIn } from '../risk/note-recent.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { emailKey } from '../users/email.ts'
import { findUserByAddress } from '../users/find-user-by-address.ts'
import { type UserRow, userAsRead } from '../users/get-user.ts'
import { showUser } from '../users/show-user.ts'
import { insertChallenge } from './challenge.store.ts'
import { newChallenge } from './new-challenge.ts'
import { nextStep, type WithoutFactor } from './next-step.ts'
import { inOrderOfReach } from './offer-order.ts'
import { showAuthenticated } from './show-authenticated.ts'
import { showChallenge } from './show-challenge.ts'

interface Tools extends FactorReader, Pick<AskTools, 'failing' | 'channels'> {
  readonly issuer: string
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly policy: Policy
  readonly captcha: CaptchaGuard
  readonly rules: Rules
}

/**
 * E-mail and password. Unknown, wrong, disabled: the same answer after the same work. Without a second factor the
 * person is in, or where one is demanded, may set one up; with one a challenge asks for it.
 */
export function login({ passwords, sessions, policy, captcha, rules, ...offering }: Tools) {
  /**
   * Sign-ins count against the account, so that many sources do not add up; not those from a device that its owner has
   * proven, or a stranger could use up what the owner may do.
   */
  async function limitAccount(ctx: Context, key: string): Promise<void> {
    const { id, limits } = callingClient(ctx)
    const { refusal } = await countRequest(ctx, `rate auth ${id} ${key}`, limits.auth ?? policy.rateAuthPerMinute)
    if (refusal) throw refusal
  }

  /** Counts before anything is judged. A locked name gets one answer, known or not, whatever the password. */
  async function countAttempt(ctx: Context, input: Parsed<typeof Contract>) {
    const user = await findUserByAddress(ctx, input.email)
    const wide = await findWideBlock(ctx)
    if (wide) return refuseLocked(ctx, wide, failed(input, user?.id))
    const device = await findKnownDevice(ctx, user?.id, input.end_user?.device_token)
    const deviceId = device?.id
    // Only who had the right password has been said no to: this tells nobody which accounts there are.
    const block = user && !deviceId ? await findBlock(ctx, user.id) : undefined
    if (block) return refuseLocked(ctx, block, failed(input, user?.id))
    const key = emailKey(input.email)
    if (!deviceId) await limitAccount(ctx, key)
    const tally = loginTally(ctx, key, deviceId)
    const asked = deviceId === undefined ? await checkCaptcha(ctx, input) : undefined
    if (asked?.passed === false) {
      // What the captcha refuses is no attempt at the password. A lock is told first, with captcha or without.
      const lock = await findLock(ctx, tally, policy)
      if (lock) return refuseLocked(ctx, lock, failed(input, user?.id))
      return refuse(ctx, 'captcha_required', {
        captcha: asked.task,
        event: { type: 'login.captcha_required', userId: user?.id, email: input.email, data: { reason: asked.reason } },
      })
    }
    const takeBackCaptcha = async () => asked?.takeBack()
    const verdict = await countPassword(ctx, tally, policy)
    if (verdict.allowed) return { tally, device, locks: verdict.locks, takeBackCaptcha }
    await takeBackCaptcha()
    return refuseLocked(ctx, verdict, failed(input, user?.id))
  }

  function checkCaptcha(ctx: Context, input: Parsed<typeof Contract>) {
    return captcha.check(ctx, { name: emailKey(input.email), ip: input.end_user?.ip, token: input.captcha_token })
  }

  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const client = callingClient(ctx)
    const attempt = await countAttempt(ctx, input)
    // When the user is changed while their password is checked, it is checked again.
    for (;;) {
      const user = await findUserByAddress(ctx, input.email)
      const check = () => passwords.check(ctx, user?.id, input.password)
      const checked = await judgeCounted(ctx, attempt.tally, check).catch(async (error: unknown) => {
        await attempt.takeBackCaptcha()
        throw error
      })
      const proven: Method[] = checked.matches ? ['pwd'] : []
      const factors = user && checked.matches ? await listActiveFactors(ctx, user.id) : []
      const { mfa, risk } = await rules.of(ctx)
      const isKnownDevice = attempt.device !== undefined
      const assessed =
        user && checked.matches ? await assessSignIn(ctx, user.id, { isKnownDevice, rules: risk }) : undefined
      const remembering = { hours: risk.remembered_hours, nowMs: ctx.now.getTime() }
      const step = nextStep(proven, {
        isDisabled: user?.disabled_at !== null,
        factors,
        needsMfa: mfa === 'required',
        risk: assessed?.decision ?? 'allow',
        withoutFactor: user ? withoutFactorOf(ctx, user, risk, { ...offering, isByMail: checked.isByMail }) : 'notify',
        isRemembered: user !== undefined && isRemembered(attempt.device, user, remembering),
      })

      if (!user || step.status === 'refused') {
        await settlePassword(ctx, attempt.tally)
        if (!checked.matches) await noteFailedSignIn(ctx)
        const reason = reasonOf(user, checked.matches)
        return refuse(ctx, 'invalid_credentials', {
          event: { ...failed(input, user?.id), data: { reason, ...(reason === 'risk' && assessed?.noted) } },
          writes: attempt.locks ? [record(ctx, { type: 'user.locked', userId: user?.id, email: input.email })] : [],
        })
      }
      const noted = assessed?.noted
      const learned = assessed ? [assessed.learned] : []
      await Promise.all([forgetTally(ctx, attempt.tally), attempt.takeBackCaptcha()])
      if (step.status !== 'mfa_required' && step.status !== 'mail_check_required') {
        const acr = step.status === 'authenticated' ? step.acr : 'recovery'
        const session = sessions.open(ctx, client, { user: showUser(user), amr: proven, acr, noted })
        const committed = await commit(ctx, [userAsRead(user), ...session.writes, ...learned, ...checked.writes])
        if (!committed.done) continue
        return { ...showAuthenticated(session, showUser(user)), status: step.status }
      }
      const expiresAt = ctx.now.getTime() + policy.challengeSeconds * secondMs
      const standIn =
        step.status === 'mail_check_required'
          ? await makeMailCheck(ctx, offering, user, { issuer: offering.issuer, expiresAt })
          : undefined
      const proposed = step.status === 'mfa_required' ? step.factors : standIn ? [standIn.factor] : []
      // A code by mail would prove the mailbox again that has set the password.
      const usable = checked.isByMail ? proposed.filter(({ type }) => type !== 'email') : proposed
      const challenge = newChallenge(ctx, policy, user, {
        purpose: 'sign_in',
        proven,
        // Where not every factor will do, the challenge takes those that will.
        ...(usable.length < factors.length && { factorTypes: usable.map(({ type }) => type) }),
      })
      const committed = await commit(ctx, [
        userAsRead(user),
        insertChallenge(challenge),
        ...(standIn?.writes ?? []),
        ...checked.writes,
        record(ctx, { type: 'login.challenged', userId: user.id, data: { challenge_id: challenge.id, ...noted } }),
      ])
      if (!committed.done) continue
      const offered = await inOrderOfReach(offering, ctx, proposed)
      return { status: 'mfa_required', challenge: showChallenge(challenge, offered, ctx.now) }
    }
  }
}

/** Who has set the password by mail alone would prove the same mailbox again, and whose address nobody has proven, nothing. */
function withoutFactorOf(
  ctx: Context,
  user: UserRow,
  { without_factor: wanted }: RiskRules,
  { channels, isByMail }: Pick<AskTools, 'channels'> & { readonly isByMail: boolean },
): WithoutFactor {
  return wanted !== 'verify' || (!isByMail && canCheckByMail(ctx, { channels }, user)) ? wanted : 'notify'
}

function reasonOf(user: UserRow | undefined, matches: boolean): string {
  if (!user) return 'unknown_user'
  if (!matches) return 'wrong_password'
  return user.disabled_at === null ? 'risk' : 'user_disabled'
}

function failed({ email }: Parsed<typeof Contract>, userId: UserId | undefined) {
  return { type: 'login.failed', userId, email } as const
}
