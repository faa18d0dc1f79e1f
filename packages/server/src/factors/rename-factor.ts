import type { renameFactor as Contract } from '@gatehouse/contract/factor-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import { type Context, commit } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import { relabelFactor } from './factor.store.ts'
import { getFactorRow } from './list-factors.ts'
import { showFactor } from './stored-factor.ts'

/** What its owner knows a factor by. */
export async function renameFactor(ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> {
  const row = await getFactorRow(ctx, input.id)
  const committed = await commit(ctx, [
    relabelFactor({ id: row.id, tenant_id: row.tenant_id, label: input.label }),
    record(ctx, {
      type: 'factor.renamed',
      userId: row.user_id,
      data: { factor_id: row.id, factor_type: row.type },
    }),
  ])
  if (!committed.done) throw new Fault('not_found')
  return { factor: showFactor({ ...row, label: input.label }) }
}
