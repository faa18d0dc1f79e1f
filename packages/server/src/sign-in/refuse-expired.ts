import type { Context } from '../context.ts'
import { refuse } from '../log/refuse.ts'
import type { ChallengeRow } from './challenge.store.ts'

/** The challenge is over, or was never one of this client. */
export function refuseExpired(ctx: Context, challenge: ChallengeRow | undefined): Promise<never> {
  const data = { reason: 'challenge_expired', challenge_id: challenge?.id ?? null }
  return refuse(ctx, 'challenge_expired', { event: { type: 'factor.rejected', userId: challenge?.user_id, data } })
}
