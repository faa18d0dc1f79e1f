import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { createChallenge as Contract } from '@gatehouse/contract/sign-in-operations'
import { type Context, callingClient, commit } from '../context.ts'
import type { AskTools } from '../factors/ask-question.ts'
import { listActiveFactors, listAskable } from '../factors/list-factors.ts'
import { recoveryCodes } from '../factors/recovery-codes/recovery-codes.ts'
import type { FactorReader } from '../factors/stored-factor.ts'
import { Fault } from '../kernel/fault.ts'
import type { SessionId, UserId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { getUserRow, userAsRead } from '../users/get-user.ts'
import { insertChallenge } from './challenge.store.ts'
import { newChallenge, secondFactorTypes } from './new-challenge.ts'
import { inOrderOfReach } from './offer-order.ts'
import { showChallenge, takes } from './show-challenge.ts'

interface Tools extends FactorReader, Pick<AskTools, 'failing'> {
  readonly policy: Policy
  readonly sessions: Sessions
}

/** Asks whether a user is who they say, outside any sign-in: "is this really you?" before a transfer or on the telephone. */
export function createChallenge({ policy, sessions, ...offering }: Tools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const { id: userId, purpose, action, session_id: sessionId } = input
    // A recovery code is for the day when all else is lost: it is taken where it is asked for by name.
    const asked = input.factor_types ?? secondFactorTypes
    // A way back in is no second factor.
    const types = purpose === 'step_up' ? asked.filter((type) => type !== recoveryCodes.type) : asked
    const user = await getUserRow(ctx, userId)
    if (user.disabled_at !== null) throw new Fault('factor_required', { detail: 'The user is disabled.' })
    if (sessionId !== undefined) await demandSession(ctx, sessions, userId, sessionId)
    const factors = await listActiveFactors(ctx, userId)
    const row = newChallenge(ctx, policy, user, { purpose, action, sessionId, factorTypes: types, proven: [] })
    if (!listAskable(factors, ctx.now).some((factor) => takes(row, factor))) throw new Fault('factor_required')
    const data = { challenge_id: row.id, purpose, action: action?.type ?? null }
    const committed = await commit(ctx, [
      userAsRead(user),
      insertChallenge(row),
      record(ctx, { type: 'challenge.created', userId, sessionId, data }),
    ])
    if (!committed.done) throw new Fault('version_conflict')
    return showChallenge(row, await inOrderOfReach(offering, ctx, factors), ctx.now)
  }
}

/**
 * A session of this user with this client, that is alive.
 * @throws Fault `not_found`; `recovery_only` for who came in by a recovery code
 */
async function demandSession(ctx: Context, sessions: Sessions, userId: UserId, id: SessionId): Promise<void> {
  const session = await sessions.find(ctx, id)
  const isTheirs = session?.user_id === userId && session.client_id === callingClient(ctx).id
  if (!isTheirs || session.ended_at !== null || session.expires_at <= ctx.now.getTime()) throw new Fault('not_found')
  if (session.acr === 'recovery') throw new Fault('recovery_only')
}
