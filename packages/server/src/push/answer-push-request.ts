import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { answerPushRequest as Contract } from '@gatehouse/contract/push-operations'
import { type Context, commit } from '../context.ts'
import { useQuestionById } from '../factors/ask-question.ts'
import { listAskable } from '../factors/list-factors.ts'
import { notePushAnswer, stopPush } from '../factors/pace-push.ts'
import { PushKept } from '../factors/push/push.ts'
import type { PushDevice } from '../factors/push-device.ts'
import { openFactor, useFactor } from '../factors/stored-factor.ts'
import { suspendFactor } from '../factors/suspend-factor.ts'
import { blockSource } from '../guard/blocked-source.ts'
import { countCode, forgiveCode, mfaTally } from '../guard/count-attempt.ts'
import { refuseLocked } from '../guard/refuse-locked.ts'
import { secondMs } from '../kernel/durations.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import { approveChallenge, endChallenge } from '../sign-in/approve-challenge.ts'
import { type DeviceTools, demandDevice } from './demand-signature.ts'

type Answer = Output<typeof Contract>
type Question = NonNullable<Awaited<ReturnType<typeof useQuestionById>>>

/**
 * What the owner of a device says of a request. The request is used up by it, whatever it is. A yes needs the number that
 * the sign-in shows; a wrong one counts like a wrong code.
 */
export function answerPushRequest(tools: DeviceTools) {
  const { keys, policy } = tools

  return async (given: Context, input: Parsed<typeof Contract>): Promise<Answer> => {
    const { id, device_id, decision, number = '', time, signature } = input
    const signed = { kind: 'answer', fields: [id, decision, number], time, signature } as const
    const device = await demandDevice(given, tools, device_id, signed)
    const { ctx, row, data } = device
    const { kind } = openFactor(tools, row)
    const isAskable = listAskable([row], ctx.now).length > 0
    const question = isAskable ? await useQuestionById(ctx, { keys, kind }, row, id) : undefined
    if (!question) return refuseGone(device)
    await notePushAnswer(ctx, row.user_id)
    if (decision === 'deny') return deny(device, question)

    const tally = mfaTally(ctx, row.user_id)
    const attempt = await countCode(ctx, tally, policy)
    if (!attempt.allowed) {
      return refuseLocked(ctx, attempt, { type: 'factor.rejected', userId: row.user_id, data: about(device, question) })
    }
    const response = { deviceId: device_id, requestId: id, decision, number, time, signature }
    const verdict = await kind.verify(ctx, { data, kept: question.kept, response })
    if (!verdict.accepted) {
      return refuse(ctx, 'mfa_code_invalid', {
        event: {
          type: 'factor.rejected',
          userId: row.user_id,
          data: { reason: verdict.reason, ...about(device, question), ...verdict.diagnosis },
        },
        writes: [
          question.spend,
          ...(attempt.locks ? [endChallenge(ctx, question.challengeId)] : []),
          ...(attempt.next.row >= policy.mfaSuspendFailures ? suspendFactor(ctx, row) : []),
        ],
      })
    }
    await forgiveCode(ctx, tally)
    const committed = await commit(ctx, [
      question.spend,
      useFactor(tools, row, verdict.data, ctx),
      approveChallenge({ id: question.challengeId, approved_by: row.id }),
      record(ctx, { type: 'push.approved', userId: row.user_id, data: about(device, question) }),
    ])
    return committed.done ? { decision } : refuseGone(device)
  }

  /**
   * It was not them. Whoever it was had the password: the sign-in is over, they are kept out from where they came for a
   * while, and nobody is asked again until somebody has looked.
   */
  async function deny(device: PushDevice, question: Question): Promise<Answer> {
    const { ctx, row } = device
    const { ipAddress, userAgent } = PushKept.parse(question.kept)
    await stopPush(ctx, row.user_id)
    if (ipAddress !== null) await blockSource(ctx, row.user_id, ipAddress, policy.pushBlockSeconds * secondMs)
    // The event tells of whoever asked, and not of the device that said no.
    const asker = { ...ctx, source: { ipAddress, userAgent } }
    const data = { ...about(device, question), suspect: 'password' }
    const committed = await commit(ctx, [
      question.spend,
      endChallenge(ctx, question.challengeId),
      record(asker, { type: 'push.denied', userId: row.user_id, data }),
    ])
    return committed.done ? { decision: 'deny' } : refuseGone(device)
  }
}

function about({ row }: PushDevice, { challengeId }: Question) {
  return { challenge_id: challengeId, factor_id: row.id, factor_type: row.type }
}

/** Too late, answered already, or asked of another device. */
function refuseGone({ ctx, row }: PushDevice): Promise<never> {
  const data = { reason: 'expired', factor_id: row.id, factor_type: row.type }
  return refuse(ctx, 'challenge_expired', { event: { type: 'factor.rejected', userId: row.user_id, data } })
}
