import type { Verified } from '@gatehouse/contract/resources'
import { offerFactor } from '../factors/stored-factor.ts'
import type { Answered, Opened } from './answered.ts'
import { recordUse } from './record-use.ts'
import { readAction } from './show-challenge.ts'

/** What a proof outside a sign-in opens: nothing here. The application that asked is told, and acts on it. */
export function openVerified({ ctx, challenge, user, judged }: Answered): Opened<Verified> {
  const { factor, proves } = judged
  const { id, purpose } = challenge
  const action = readAction(challenge)
  return {
    writes: [recordUse(ctx, { user, judged }, { data: { challenge_id: id, purpose, action: action?.type ?? null } })],
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
