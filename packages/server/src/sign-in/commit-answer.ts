import { commit } from '../context.ts'
import { userAsRead } from '../users/get-user.ts'
import type { Answered, Opened } from './answered.ts'
import { spendChallenge } from './challenge.store.ts'
import { refuseExpired } from './refuse-expired.ts'

/**
 * What an answered challenge opens, the proof being spent and the challenge being spent, in one commit: of all who come with it
 * one gets in. Undefined when somebody changed the factor or the user first, so that the proof must be judged again.
 */
export async function commitAnswer(
  { ctx, challenge, user, judged }: Answered,
  { writes, answer, after }: Opened,
): Promise<Opened['answer'] | undefined> {
  const committed = await commit(ctx, [
    userAsRead(user),
    ...judged.spend,
    spendChallenge({ id: challenge.id, spent_at: ctx.now.getTime(), answered_by: judged.factor.id }),
    ...writes,
  ])
  if (committed.done) {
    after?.()
    return answer
  }
  const isOver = committed.failed === 'challenge spent' || committed.failed === 'session ended'
  return isOver ? refuseExpired(ctx, challenge) : undefined
}
