import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { removeFactor as Contract } from '@gatehouse/contract/operations'
import { type Context, commit } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { deleteFactor, findFactor, listFactorRows } from './factor.store.ts'
import { isReal } from './list-factors.ts'
import { recoveryCodes } from './recovery-codes/recovery-codes.ts'

/** Removes a factor at once. With the last real factor its recovery codes go, too: there is nothing left to recover. */
export function removeFactor({ sessions }: { readonly sessions: Sessions }) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const row = await findFactor(ctx.db, ctx.tenantId, input.id)
    if (!row) throw new Fault('not_found')
    const others = (await listFactorRows(ctx.db, ctx.tenantId, row.user_id)).filter((other) => other.id !== row.id)
    const gone =
      others.some(isReal) || !isReal(row)
        ? [row]
        : [row, ...others.filter((other) => other.type === recoveryCodes.type)]
    const committed = await commit(ctx, [
      ...gone.map((each) => deleteFactor({ id: each.id, tenant_id: each.tenant_id })),
      ...gone.map((each) =>
        record(ctx, {
          type: 'factor.removed',
          userId: each.user_id,
          data: { factor_id: each.id, factor_type: each.type },
        }),
      ),
      // What was never proven has opened nothing.
      ...(row.confirmed_at === null ? [] : sessions.endAllOf(ctx, row.user_id, 'factor_removed')),
    ])
    if (!committed.done) throw new Fault('not_found')
    sessions.forgetAll()
    return {}
  }
}
