import type { Context } from '../context.ts'
import type { ChallengeId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { approveChallenge as approve, type ChallengeRow, endOpenChallenge } from './challenge.store.ts'

/** Its owner has said yes on a device. Fails as `challenge spent`. */
export function approveChallenge(approval: Pick<ChallengeRow, 'id' | 'approved_by'>): Write {
  return approve(approval)
}

/** Ends a challenge, if it is still open: nobody will ever answer it. */
export function endChallenge({ now }: Context, id: ChallengeId): Write {
  return endOpenChallenge({ id, spent_at: now.getTime() })
}
