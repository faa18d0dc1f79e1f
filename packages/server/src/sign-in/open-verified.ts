import { offerFactor } from '../factors/stored-factor.ts'
import { record } from '../log/record.ts'
import type { Answered, Opened } from './answered.ts'
import { showRecovery } from './show-recovery.ts'

/** What a proof outside a sign-in opens: nothing here. The application that asked is told, and acts on it. */
export function openVerified({ ctx, challenge, user, judged }: Answered): Opened {
  const { factor, proves } = judged
  const { id, purpose, action } = challenge
  const recovery = showRecovery(judged)
  return {
    writes: [
      record(ctx, {
        type: recovery ? 'recovery_code.used' : 'factor.verified',
        userId: user.id,
        data: { factor_id: factor.id, factor_type: factor.type, challenge_id: id, purpose, action, ...recovery },
      }),
    ],
    answer: {
      status: 'verified',
      challenge_id: id,
      user_id: user.id,
      purpose,
      action,
      factor: offerFactor(factor),
      amr: [...proves],
    },
  }
}
