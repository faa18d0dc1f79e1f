import type { Context } from '../context.ts'
import { returnToStock } from '../hardware-tokens/stock.ts'
import { dayMs } from '../kernel/durations.ts'
import { sendMessage } from '../messages/send-message.ts'
import type { Write } from '../storage/write.ts'
import type { AskTools } from './ask-question.ts'
import { deleteFactor, type FactorRow } from './factor.store.ts'
import { hotpToken } from './hotp/hotp-token.ts'
import { type FactorReader, openFactor } from './stored-factor.ts'

export type DropTools = FactorReader & Pick<AskTools, 'channels'>

/**
 * Deletes factors as they were read, with what belongs to that: tokens go back to the stock, and addresses are told that
 * they are a factor no more. The event of it is the caller's. Fails as `factor gone`.
 */
export async function dropFactors(
  ctx: Context,
  tools: DropTools,
  rows: readonly FactorRow[],
): Promise<readonly Write[]> {
  const returned = await Promise.all(
    rows
      .filter(({ type }) => type === hotpToken.type)
      .map((row) => returnToStock(ctx, tools.keys, row.id, openFactor(tools, row).data)),
  )
  return [
    ...returned.flat(),
    ...rows.map(({ id, tenant_id, version }) => deleteFactor({ id, tenant_id, version })),
    ...rows.flatMap((row) => tellAddress(ctx, tools, row)),
  ]
}

/** Whoever still reads what comes to its address may not have wanted this. */
function tellAddress(ctx: Context, { channels, ...reader }: DropTools, row: FactorRow): readonly Write[] {
  const { kind, data } = openFactor(reader, row)
  const letter = row.confirmed_at === null ? undefined : kind.farewell?.(data)
  if (!letter || !channels[letter.channel]) return []
  const notAfter = new Date(ctx.now.getTime() + dayMs)
  return sendMessage(ctx, reader.keys, { ...letter, userId: row.user_id, notAfter })
}
