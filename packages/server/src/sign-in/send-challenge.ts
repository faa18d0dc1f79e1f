import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { sendChallenge as Contract } from '@gatehouse/contract/sign-in-operations'
import { type Context, callingClient, commit, isTestCall } from '../context.ts'
import { findKnownDevice } from '../devices/known-device.ts'
import { type AskTools, askQuestion } from '../factors/ask-question.ts'
import { listAnswerable, listAskable } from '../factors/list-factors.ts'
import { type FactorReader, openFactor, openOwned } from '../factors/stored-factor.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import { getUserRow } from '../users/get-user.ts'
import { nameOfAccount } from '../users/name-of-account.ts'
import { findChallenge, isOpenTo } from './challenge.store.ts'
import { readAction, takes } from './show-challenge.ts'

interface Tools extends FactorReader, AskTools {
  readonly issuer: string
}

/** Asks one factor of a challenge: sends its code, or answers what the device is to sign. The code before it is dead. */
export function sendChallenge(tools: Tools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const challenge = await findChallenge(ctx.db, ctx.tenantId, input.id)
    if (!isOpenTo(challenge, callingClient(ctx), ctx.now)) throw new Fault('challenge_expired')
    const user = await getUserRow(ctx, challenge.user_id)
    if (user.version !== challenge.user_version) throw new Fault('challenge_expired')

    const rows = await listAnswerable(ctx, user.id)
    const factor = listAskable(rows, ctx.now).find((row) => row.id === input.factor_id && takes(challenge, row))
    const opened = factor && openFactor(tools, factor)
    if (!factor || !opened?.kind.challenge) {
      throw new Fault('invalid_request', { errors: [{ pointer: '/factor_id', code: 'not_sendable' }] })
    }
    const { kind, data } = opened
    const owned = openOwned(tools, rows, kind.type)
    const occasion = { application: callingClient(ctx).name, action: readAction(challenge), ...ctx.source }
    const owner = {
      userId: user.id,
      label: nameOfAccount(user),
      email: user.email,
      issuer: tools.issuer,
      owned,
      occasion,
      isTest: isTestCall(ctx),
    }
    const question = await opened.kind.challenge(ctx, data, owner)
    const device = await findKnownDevice(ctx, user.id, input.end_user?.device_token)
    const about = { kind, factor, purpose: challenge.purpose, challengeId: challenge.id, deviceId: device?.id }
    const { writes, expiresAt, resendAfter } = await askQuestion(ctx, tools, about, question)
    const told = { factor_id: factor.id, factor_type: factor.type, challenge_id: challenge.id }
    await commit(ctx, [...writes, record(ctx, { type: 'factor.challenged', userId: user.id, data: told })])
    return {
      factor_id: factor.id,
      expires_at: new Date(expiresAt).toISOString(),
      ...(resendAfter !== undefined && { resend_after: new Date(resendAfter).toISOString() }),
      ...question.shown,
    }
  }
}
