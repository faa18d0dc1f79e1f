import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { createChallenge as Contract } from '@gatehouse/contract/operations'
import type { Policy } from '@gatehouse/contract/policy'
import { EnrollableType } from '@gatehouse/contract/resources'
import { type Context, commit } from '../context.ts'
import { listActiveFactors, listAskable } from '../factors/list-factors.ts'
import { recoveryCodes } from '../factors/recovery-codes/recovery-codes.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import { getUserRow, userAsRead } from '../users/get-user.ts'
import { insertChallenge } from './challenge.store.ts'
import { newChallenge } from './new-challenge.ts'
import { showChallenge, takes } from './show-challenge.ts'

/** A recovery code is for the day when all else is lost: it is taken where it is asked for by name. */
const usualTypes = EnrollableType.options.filter((type) => type !== recoveryCodes.type)

/** Asks whether a user is who they say, outside any sign-in: "is this really you?" before a transfer or on the telephone. */
export function createChallenge({ policy }: { readonly policy: Policy }) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const { id: userId, purpose, action, factor_types: types = usualTypes } = input
    const user = await getUserRow(ctx, userId)
    if (user.disabled_at !== null) throw new Fault('factor_required', { detail: 'The user is disabled.' })
    const factors = await listActiveFactors(ctx, userId)
    const row = newChallenge(ctx, policy, user, { purpose, action, factorTypes: types, proven: [] })
    if (!listAskable(factors, ctx.now).some((factor) => takes(row, factor))) throw new Fault('factor_required')
    const data = { challenge_id: row.id, purpose, action: row.action }
    const committed = await commit(ctx, [
      userAsRead(user),
      insertChallenge(row),
      record(ctx, { type: 'challenge.created', userId, data }),
    ])
    if (!committed.done) throw new Fault('version_conflict')
    return showChallenge(row, factors, ctx.now)
  }
}
