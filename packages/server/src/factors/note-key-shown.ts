import { type Context, commit, once } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { FactorId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { getFactorRow } from './list-factors.ts'

/** The QR code did not do: somebody types the key. Told once for each enrolment, however often it is said. */
export async function noteKeyShown(ctx: Context, { id }: { readonly id: FactorId }): Promise<Record<string, never>> {
  const row = await getFactorRow(ctx, id)
  if (row.confirmed_at !== null) throw new Fault('factor_already_active')
  if (await once(ctx, `key shown ${id}`, dayMs)) {
    const data = { factor_id: id, factor_type: row.type }
    await commit(ctx, [record(ctx, { type: 'factor.key_shown', userId: row.user_id, data })])
  }
  return {}
}
