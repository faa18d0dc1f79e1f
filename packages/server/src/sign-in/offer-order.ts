import type { Context } from '../context.ts'
import type { AskTools } from '../factors/ask-question.ts'
import { type FactorRow, isReal } from '../factors/list-factors.ts'
import { PushData } from '../factors/push/push.ts'
import { type FactorReader, openFactor } from '../factors/stored-factor.ts'

type Tools = FactorReader & Pick<AskTools, 'failing'>

/** Factors as they are offered: devices that requests do not reach come behind those that do not depend on it. */
export async function inOrderOfReach(
  { failing, ...reader }: Tools,
  ctx: Context,
  rows: readonly FactorRow[],
): Promise<readonly FactorRow[]> {
  const transports = await failing.find(ctx.tenantId, ctx.now)
  if (!transports?.size) return rows
  const isOutOfReach = (row: FactorRow) =>
    row.type === 'push' && transports.has(PushData.parse(openFactor(reader, row).data).subscription.transport)
  const last = rows.filter(isOutOfReach)
  const waysBack = rows.filter((row) => !isReal(row))
  return [...rows.filter((row) => !last.includes(row) && !waysBack.includes(row)), ...last, ...waysBack]
}
