import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import { type FactorRow, listFactorRows } from './factor.store.ts'
import type { AnyFactor, Diagnosis } from './factor.ts'
import { type FactorReader, openFactor } from './stored-factor.ts'

/** So many factors are looked at for one wrong code. */
const lookedAt = 8

/**
 * Whether a proof that was not accepted is one of another factor of the same user: their old app, a token, or an enrolment
 * that was never finished. Factors that ask a question are left out, so nothing is used up.
 */
export async function findOtherFactor(
  ctx: Context,
  reader: FactorReader,
  { userId, judged, response }: { userId: UserId; judged: readonly FactorRow[]; response: unknown },
): Promise<Diagnosis | undefined> {
  const rows = await listFactorRows(ctx.db, ctx.tenantId, userId)
  const others = rows.filter(({ id }) => judged.every((each) => each.id !== id)).slice(-lookedAt)
  const verdicts = await Promise.all(
    others.map(async (row) => {
      const { kind, data } = openFactor(reader, row)
      return { row, takes: await takes(ctx, kind, data, response) }
    }),
  )
  const found = verdicts.find((each) => each.takes)?.row
  return (
    found && {
      looks_like: 'other_factor',
      other_factor_id: found.id,
      other_factor_type: found.type,
      other_factor_state: stateOf(found),
    }
  )
}

async function takes(ctx: Context, kind: AnyFactor, data: unknown, response: unknown): Promise<boolean> {
  const parsed = kind.response.safeParse(response)
  if (kind.kept || !parsed.success) return false
  const { accepted } = await kind.verify(ctx, { data, response: parsed.data })
  return accepted
}

function stateOf(row: FactorRow): string {
  if (row.confirmed_at === null) return 'pending'
  return row.suspended_at === null ? 'active' : 'suspended'
}
