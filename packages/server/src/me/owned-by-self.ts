import { actingSession, type Context } from '../context.ts'
import { getFactorRow } from '../factors/list-factors.ts'
import { Fault } from '../kernel/fault.ts'
import type { FactorId, UserId } from '../kernel/ids.ts'

/** Whose account it is. */
export function ownId(ctx: Context): UserId {
  return actingSession(ctx).user_id
}

/** The operation on a factor, for its owner: the factor of somebody else is as if it did not exist. */
export function ownedBySelf<Input extends { readonly id: FactorId }, Output>(
  act: (ctx: Context, input: Input) => Promise<Output>,
): (ctx: Context, input: Input) => Promise<Output> {
  return async (ctx, input) => {
    const factor = await getFactorRow(ctx, input.id)
    if (factor.user_id !== ownId(ctx)) throw new Fault('not_found')
    return act(ctx, input)
  }
}
