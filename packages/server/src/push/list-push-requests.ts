import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { listPushRequests as Contract } from '@gatehouse/contract/push-operations'
import type { Context } from '../context.ts'
import { listQuestions } from '../factors/ask-question.ts'
import { listAskable } from '../factors/list-factors.ts'
import { PushKept } from '../factors/push/push.ts'
import { openFactor } from '../factors/stored-factor.ts'
import { type DeviceTools, demandDevice } from './demand-signature.ts'
import { noteLook } from './note-request.ts'

/** What waits for the answer of a device: who asks, from where, until when. The number is what its owner must bring. */
export function listPushRequests(tools: DeviceTools) {
  return async (given: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const { device_id: id, time, signature } = input
    const { ctx, row, data: kept } = await demandDevice(given, tools, id, { kind: 'list', fields: [], time, signature })
    const { transport } = kept.subscription
    await noteLook(ctx, row.id)
    if (listAskable([row], ctx.now).length === 0) return { transport, data: [] }
    const { kind } = openFactor(tools, row)
    const questions = await listQuestions(ctx, { keys: tools.keys, kind }, row)
    return {
      transport,
      data: questions.map((question) => {
        const { application, action, ipAddress, userAgent } = PushKept.parse(question.kept)
        return {
          id: question.id,
          purpose: question.purpose,
          action,
          application,
          ip_address: ipAddress,
          user_agent: userAgent,
          created_at: new Date(question.created_at).toISOString(),
          expires_at: new Date(question.expires_at).toISOString(),
        }
      }),
    }
  }
}
