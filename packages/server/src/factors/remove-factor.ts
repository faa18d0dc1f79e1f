import type { removeFactor as Contract } from '@gatehouse/contract/factor-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import { type Context, commit } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { factorsAsRead, getUserRow } from '../users/get-user.ts'
import { accessPass } from './access-pass/access-pass.ts'
import { type DropTools, dropFactors } from './drop-factors.ts'
import { type FactorRow, listFactorRows } from './factor.store.ts'
import { getFactorRow, isReal } from './list-factors.ts'
import { recoveryCodes } from './recovery-codes/recovery-codes.ts'

interface Tools extends DropTools {
  readonly sessions: Sessions
  readonly rules: Rules
}

/** Removes a factor at once. With the last real factor its recovery codes go, too: there is nothing left to recover. */
export function removeFactor({ sessions, rules, ...tools }: Tools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    // Of two who remove the last two factors at once, one finds that theirs is the last.
    for (;;) {
      const row = await getFactorRow(ctx, input.id)
      const user = await getUserRow(ctx, row.user_id)
      const all = await listFactorRows(ctx.db, ctx.tenantId, row.user_id)
      if (isReal(row) && all.filter(isReal).length === 1 && (await rules.of(ctx)).mfa === 'required') {
        throw new Fault('last_factor')
      }
      const gone = fallWith(row, all)
      // What was never proven has opened nothing, and a pass that was not used neither.
      const isUnused = row.confirmed_at === null || row.type === accessPass.type
      const committed = await commit(ctx, [
        factorsAsRead(user),
        ...(await dropFactors(ctx, tools, gone)),
        ...gone.map((each) =>
          record(ctx, {
            type: 'factor.removed',
            userId: each.user_id,
            data: { factor_id: each.id, factor_type: each.type, was_active: each.confirmed_at !== null },
          }),
        ),
        ...(isUnused ? [] : sessions.endAllOf(ctx, row.user_id, 'factor_removed')),
      ])
      if (!committed.done) continue
      sessions.forgetAll()
      return {}
    }
  }
}

/** The factor, and what is of no use without it. */
function fallWith(row: FactorRow, all: readonly FactorRow[]): readonly FactorRow[] {
  const others = all.filter((other) => other.id !== row.id)
  if (!isReal(row) || others.some(isReal)) return [row]
  return [row, ...others.filter((other) => other.type === recoveryCodes.type)]
}
