import type { Method } from '@gatehouse/contract/methods'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { RiskRules } from '@gatehouse/contract/risk'
import type { login as Contract } from '@gatehouse/contract/sign-in-operations'
import { type Context, callingClient, commit } from '../context.ts'
import { isRemembered } from '../devices/known-device.ts'
import type { AskTools } from '../factors/ask-question.ts'
import { listActiveFactors } from '../factors/list-factors.ts'
import { canCheckByMail, makeMailCheck } from '../factors/mail-check.ts'
import type { FactorReader } from '../factors/stored-factor.ts'
import type { CaptchaGuard } from '../guard/captcha/captcha-guard.ts'
import { secondMs } from '../kernel/durations.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import { type Assessment, assessSignIn } from '../risk/assess-sign-in.ts'
import { noteFailedSignIn } from '../risk/note-recent.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { findUserByAddress } from '../users/find-user-by-address.ts'
import { type UserRow, userAsRead } from '../users/get-user.ts'
import { showUser } from '../users/show-user.ts'
import { admitAttempt } from './admit-attempt.ts'
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
  const admit = admitAttempt({ policy, captcha })

  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const attempt = await admit(ctx, input)
    // When the user is changed while their password is checked, it is checked again.
    for (let { user } = attempt; ; user = await findUserByAddress(ctx, input.email)) {
      const checked = await attempt.judge(() => passwords.check(ctx, user?.id, input.password))
      const fail = async (reason: string, noted: Assessment['noted'] = {}) => {
        await attempt.fail()
        const about = { userId: user?.id, email: input.email }
        return refuse(ctx, 'invalid_credentials', {
          event: { type: 'login.failed', ...about, data: { reason, ...noted } },
          writes: attempt.locks ? [record(ctx, { type: 'user.locked', ...about })] : [],
        })
      }
      // Whoever is disabled is refused here: each look into the data would tell by its time that the password was right.
      if (!user || !checked.matches || user.disabled_at !== null) {
        await noteFailedSignIn(ctx)
        return fail(!user ? 'unknown_user' : checked.matches ? 'user_disabled' : 'wrong_password')
      }

      const proven: Method[] = ['pwd']
      const { mfa, risk } = await rules.of(ctx)
      const isKnownDevice = attempt.device !== undefined
      const [factors, { decision, noted, learned }] = await Promise.all([
        listActiveFactors(ctx, user.id),
        assessSignIn(ctx, user.id, { isKnownDevice, rules: risk }),
      ])
      const remembering = { hours: risk.remembered_hours, nowMs: ctx.now.getTime() }
      const step = nextStep(proven, {
        isDisabled: false,
        factors,
        needsMfa: mfa === 'required',
        risk: decision,
        withoutFactor: withoutFactorOf(ctx, user, risk, { ...offering, isByMail: checked.isByMail }),
        isRemembered: isRemembered(attempt.device, user, remembering),
      })
      if (step.status === 'refused') return fail('risk', noted)

      await attempt.succeed()
      if (step.status === 'authenticated' || step.status === 'mfa_enrollment_required') {
        const acr = step.status === 'authenticated' ? step.acr : 'recovery'
        const session = sessions.open(ctx, callingClient(ctx), { user: showUser(user), amr: proven, acr, noted })
        const committed = await commit(ctx, [userAsRead(user), ...session.writes, learned, ...checked.writes])
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
