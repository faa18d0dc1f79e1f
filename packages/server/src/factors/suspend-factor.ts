import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import type { Write } from '../storage/write.ts'
import { type FactorRow, resumeFactors, suspendFactor as suspend } from './factor.store.ts'

/** Puts a factor out of use, after too many wrong codes in a row, until somebody unlocks its owner. */
export function suspendFactor(ctx: Context, factor: FactorRow): readonly Write[] {
  return [
    suspend({ id: factor.id, suspended_at: ctx.now.getTime() }),
    record(ctx, {
      type: 'factor.suspended',
      userId: factor.user_id,
      data: { factor_id: factor.id, factor_type: factor.type },
    }),
  ]
}

/** Puts the suspended factors of a user back into use. */
export function resumeFactorsOf(ctx: Context, userId: UserId): Write {
  return resumeFactors({ user_id: userId, tenant_id: ctx.tenantId })
}
