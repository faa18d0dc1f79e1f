import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { verifyPasskey as Contract } from '@gatehouse/contract/sign-in-operations'
import { type Context, callingClient, commit } from '../context.ts'
import { findKnownDevice } from '../devices/known-device.ts'
import { type JudgedPasskey, judgePasskey } from '../factors/judge-passkey.ts'
import type { FactorReader } from '../factors/stored-factor.ts'
import { readChallenge } from '../factors/webauthn/client-data.ts'
import { AssertionResponse } from '../factors/webauthn/response.ts'
import { findWideBlock } from '../guard/blocked-source.ts'
import { refuseLocked } from '../guard/refuse-locked.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import { type Assessment, assessSignIn } from '../risk/assess-sign-in.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { getUserRow, userAsRead } from '../users/get-user.ts'
import { showUser } from '../users/show-user.ts'
import { nextStep, usual } from './next-step.ts'
import { usePasskeyChallenge } from './passkey-challenge.ts'
import { showAuthenticated } from './show-authenticated.ts'
import type { PasskeyTools } from './start-passkey.ts'

interface Tools extends FactorReader, PasskeyTools {
  readonly sessions: Sessions
  readonly rules: Rules
}

/**
 * A sign-in with a passkey alone. It guesses nothing, so it is not counted with wrong passwords and codes, and goes on
 * while those are locked. All refusals are one answer.
 */
export function verifyPasskey({ sessions, passkeys, rules, ...reader }: Tools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    if (!passkeys) throw new Fault('passkeys_unavailable')
    const client = callingClient(ctx)
    const wide = await findWideBlock(ctx)
    if (wide) return refuseLocked(ctx, wide, { type: 'login.failed' })
    const given = AssertionResponse.safeParse(input.response)
    if (!given.success) return refusePasskey(ctx, { factor: undefined, check: 'form' })
    const challenge = readChallenge(given.data.response.clientDataJSON) ?? ''
    if (!(await usePasskeyChallenge(ctx, reader.keys, challenge))) {
      return refusePasskey(ctx, { factor: undefined, check: 'challenge' })
    }
    // When somebody changed the user meanwhile, the answer is judged against what they are now.
    for (;;) {
      const judged = await judgePasskey(ctx, reader, passkeys, given.data, challenge)
      if (!judged.accepted) return refusePasskey(ctx, judged)
      const { factor, proves, spend } = judged
      const user = await getUserRow(ctx, factor.user_id)
      const device = await findKnownDevice(ctx, user.id, input.end_user?.device_token)
      const risk = (await rules.of(ctx)).risk
      const assessed = await assessSignIn(ctx, user.id, { isKnownDevice: device !== undefined, rules: risk })
      const who = { isDisabled: user.disabled_at !== null, factors: [factor], needsMfa: true, ...usual }
      const step = nextStep(proves, { ...who, risk: assessed.decision })
      if (step.status !== 'authenticated') {
        return refusePasskey(ctx, { factor, check: who.isDisabled ? 'user_disabled' : 'risk' }, assessed)
      }

      const amr = [...proves, 'mfa']
      const session = sessions.open(ctx, client, { user: showUser(user), amr, acr: step.acr, noted: assessed.noted })
      const committed = await commit(ctx, [
        userAsRead(user),
        spend,
        record(ctx, {
          type: 'factor.verified',
          userId: user.id,
          sessionId: session.id,
          data: { factor_id: factor.id, factor_type: factor.type },
        }),
        ...session.writes,
        assessed.learned,
      ])
      if (committed.done) return showAuthenticated(session, showUser(user))
    }
  }
}

type Rejected = Pick<Extract<JudgedPasskey, { accepted: false }>, 'factor'> & { readonly check: string }

function refusePasskey(ctx: Context, { factor, check }: Rejected, assessed?: Assessment): Promise<never> {
  return refuse(ctx, 'invalid_credentials', {
    event: {
      type: 'login.failed',
      userId: factor?.user_id,
      data: {
        reason: check === 'risk' ? 'risk' : 'passkey',
        check,
        factor_id: factor?.id ?? null,
        ...(check === 'risk' && assessed?.noted),
      },
    },
  })
}
