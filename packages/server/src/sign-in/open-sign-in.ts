import type { Method } from '@gatehouse/contract/methods'
import type { Policy } from '@gatehouse/contract/policy'
import type { RiskAction } from '@gatehouse/contract/risk'
import type { Context } from '../context.ts'
import { findKnownDevice, isRemembered, rememberDevice } from '../devices/known-device.ts'
import { type FactorRow, isMailCheck } from '../factors/list-factors.ts'
import { isTwoFactor } from '../kernel/assurance.ts'
import { refuse } from '../log/refuse.ts'
import { trustPassword } from '../passwords/trust-password.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import { type Assessment, assessSignIn } from '../risk/assess-sign-in.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { showUser } from '../users/show-user.ts'
import type { Answered, Opened } from './answered.ts'
import { type ChallengeRow, spendChallenge } from './challenge.store.ts'
import { nextStep, usual } from './next-step.ts'
import { recordUse } from './record-use.ts'
import { showAuthenticated } from './show-authenticated.ts'
import { showRecovery } from './show-recovery.ts'

interface Tools {
  readonly sessions: Sessions
  readonly policy: Policy
  readonly rules: Rules
}

/** What the last proof of a sign-in opens: a session. Undefined when it is not enough. */
export function openSignIn({ sessions, policy, rules: tenantRules }: Tools) {
  return async ({ ctx, client, challenge, user, judged, input }: Answered): Promise<Opened | undefined> => {
    const proven = [...(JSON.parse(challenge.amr) as Method[]), ...judged.proves]
    const known = await findKnownDevice(ctx, user.id, input.end_user?.device_token)
    const { mfa, risk: rules } = await tenantRules.of(ctx)
    const assessed = await assessSignIn(ctx, user.id, { isKnownDevice: known !== undefined, rules })
    const who = { isDisabled: user.disabled_at !== null, factors: judged.owned, needsMfa: true, ...usual }
    const step = isMailCheck(judged.factor)
      ? stepAfterCheck({ ...who, needsMfa: mfa === 'required' }, assessed.decision)
      : nextStep(proven, { ...who, risk: assessed.decision, withoutFactor: rules.without_factor })
    if (step.status !== 'authenticated') {
      if (nextStep(proven, who).status !== 'authenticated') return undefined
      return refuseRisk(ctx, challenge, assessed)
    }

    // A device that is known already keeps its token, unless what it stands for is over.
    const keeps = known && isRemembered(known, user, { hours: rules.remembered_hours, nowMs: ctx.now.getTime() })
    const remembers = input.remember_device === true && isTwoFactor(step.acr)
    const device =
      remembers && !(rules.remembered_hours > 0 ? keeps : known) ? rememberDevice(ctx, user, policy) : undefined
    const amr = isTwoFactor(step.acr) ? [...proven, 'mfa'] : proven
    const session = sessions.open(ctx, client, { user: showUser(user), amr, acr: step.acr, noted: assessed.noted })
    const recovery = showRecovery(judged)
    return {
      writes: [
        recordUse(ctx, { user, judged }, { sessionId: session.id, data: { challenge_id: challenge.id } }),
        ...session.writes,
        assessed.learned,
        ...(judged.factor.type === 'email' ? [] : [trustPassword(ctx, user.id)]),
        ...(device ? [device.write] : []),
      ],
      answer: {
        ...showAuthenticated(session, showUser(user)),
        ...(device && { device_token: device.token }),
        ...(recovery && { recovery }),
      },
    }
  }
}

/** Who has answered by mail what a risk has asked for has proven no factor: they are where they would be without the risk. */
function stepAfterCheck(who: Parameters<typeof nextStep<FactorRow>>[1], risk: RiskAction) {
  return nextStep(['pwd'], { ...who, risk: risk === 'refuse' ? 'refuse' : 'allow' })
}

/** The proof was right and the sign-in is refused all the same. Whoever tried learns no more than that it is over. */
function refuseRisk(ctx: Context, { id, user_id }: ChallengeRow, { noted }: Assessment): Promise<never> {
  return refuse(ctx, 'challenge_expired', {
    event: { type: 'login.failed', userId: user_id, data: { reason: 'risk', challenge_id: id, ...noted } },
    writes: [spendChallenge({ id, spent_at: ctx.now.getTime(), answered_by: null })],
  })
}
