import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { verifyPasskey as Contract } from '@gatehouse/contract/operations'
import { type Context, callingClient, commit } from '../context.ts'
import { type JudgedPasskey, judgePasskey } from '../factors/judge-passkey.ts'
import type { FactorReader } from '../factors/stored-factor.ts'
import { readChallenge } from '../factors/webauthn/client-data.ts'
import { AssertionResponse } from '../factors/webauthn/response.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { getUserRow, userAsRead } from '../users/get-user.ts'
import { showUser } from '../users/show-user.ts'
import { nextStep } from './next-step.ts'
import { usePasskeyChallenge } from './passkey-challenge.ts'
import { showAuthenticated } from './show-authenticated.ts'
import type { PasskeyTools } from './start-passkey.ts'

interface Tools extends FactorReader, PasskeyTools {
  readonly sessions: Sessions
}

/**
 * A sign-in with a passkey alone. It guesses nothing, so it is not counted with wrong passwords and codes, and goes on
 * while those are locked. All refusals are one answer.
 */
export function verifyPasskey({ sessions, passkeys, ...reader }: Tools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    if (!passkeys) throw new Fault('passkeys_unavailable')
    const client = callingClient(ctx)
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
      const step = nextStep(proves, { isDisabled: user.disabled_at !== null, factors: [], needsMfa: true })
      if (step.status !== 'authenticated') return refusePasskey(ctx, { factor, check: 'user_disabled' })

      const amr = [...proves, 'mfa']
      const session = sessions.open(ctx, client, { user: showUser(user), amr, acr: step.acr })
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
      ])
      if (committed.done) return showAuthenticated(session, showUser(user))
    }
  }
}

type Rejected = Pick<Extract<JudgedPasskey, { accepted: false }>, 'factor' | 'check'>

function refusePasskey(ctx: Context, { factor, check }: Rejected): Promise<never> {
  return refuse(ctx, 'invalid_credentials', {
    event: {
      type: 'login.failed',
      userId: factor?.user_id,
      data: { reason: 'passkey', check, factor_id: factor?.id ?? null },
    },
  })
}
