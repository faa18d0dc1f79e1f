import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { getChallenge as Contract } from '@gatehouse/contract/sign-in-operations'
import { type Context, callingClient } from '../context.ts'
import type { AskTools } from '../factors/ask-question.ts'
import { listAnswerable } from '../factors/list-factors.ts'
import type { FactorReader } from '../factors/stored-factor.ts'
import { Fault } from '../kernel/fault.ts'
import { findChallenge } from './challenge.store.ts'
import { inOrderOfReach } from './offer-order.ts'
import { showChallenge } from './show-challenge.ts'

/** What has become of a challenge, for the client that asked. Whoever else asks finds nothing. */
export function getChallenge(offering: FactorReader & Pick<AskTools, 'failing'>) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const row = await findChallenge(ctx.db, ctx.tenantId, input.id)
    if (row?.client_id !== callingClient(ctx).id) throw new Fault('not_found')
    const factors = await inOrderOfReach(offering, ctx, await listAnswerable(ctx, row.user_id))
    return showChallenge(row, factors, ctx.now)
  }
}
