import { type Context, callingClient } from '../context.ts'
import { listActiveFactors, listAskable } from '../factors/list-factors.ts'
import { type FactorReader, openFactor } from '../factors/stored-factor.ts'
import { Fault } from '../kernel/fault.ts'
import { getUserRow } from '../users/get-user.ts'
import type { Answered, Opened } from './answered.ts'
import type { ChallengeRow } from './challenge.store.ts'
import { commitAnswer } from './commit-answer.ts'
import { refuseExpired } from './refuse-expired.ts'

interface Tools extends FactorReader {
  readonly open: (answered: Answered) => Opened | undefined | Promise<Opened | undefined>
}

/**
 * What a challenge gives that was approved on a device, once. The number was judged when the device answered; that the
 * device is still one of its owner's, and the owner as they were, is judged now.
 */
export async function claimApproval(
  { open, ...reader }: Tools,
  ctx: Context,
  challenge: ChallengeRow,
  input: Answered['input'],
): Promise<Opened['answer']> {
  if (challenge.approved_by === null) throw new Fault('approval_pending')
  for (;;) {
    const user = await getUserRow(ctx, challenge.user_id)
    const owned = await listActiveFactors(ctx, user.id)
    const factor = listAskable(owned, ctx.now).find((each) => each.id === challenge.approved_by)
    if (!factor || user.version !== challenge.user_version) return refuseExpired(ctx, challenge)
    const { kind, data } = openFactor(reader, factor)
    const judged = { accepted: true, factor, owned, data, proves: kind.proves, spend: [] } as const
    const answered = { ctx, client: callingClient(ctx), challenge, user, judged, input }
    const opened = await open(answered)
    if (!opened) return refuseExpired(ctx, challenge)
    const answer = await commitAnswer(answered, opened)
    if (answer) return answer
  }
}
