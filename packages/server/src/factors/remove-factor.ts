import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { removeFactor as Contract } from '@gatehouse/contract/operations'
import { type Context, commit } from '../context.ts'
import { returnToStock } from '../hardware-tokens/stock.ts'
import { dayMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import { sendMessage } from '../messages/send-message.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Write } from '../storage/write.ts'
import { factorsAsRead, getUserRow } from '../users/get-user.ts'
import type { AskTools } from './ask-question.ts'
import { deleteFactor, type FactorRow, findFactor, listFactorRows } from './factor.store.ts'
import { hotpToken } from './hotp/hotp-token.ts'
import { isReal } from './list-factors.ts'
import { recoveryCodes } from './recovery-codes/recovery-codes.ts'
import { type FactorReader, openFactor } from './stored-factor.ts'

interface Tools extends FactorReader, Pick<AskTools, 'channels'> {
  readonly sessions: Sessions
  readonly rules: Rules
}

/** Removes a factor at once. With the last real factor its recovery codes go, too: there is nothing left to recover. */
export function removeFactor({ sessions, channels, rules, ...reader }: Tools) {
  /** Whoever still reads what comes to its address may not have wanted this. */
  function tellAddress(ctx: Context, row: FactorRow): readonly Write[] {
    const { kind, data } = openFactor(reader, row)
    const letter = row.confirmed_at === null ? undefined : kind.farewell?.(data)
    if (!letter || !channels[letter.channel]) return []
    const notAfter = new Date(ctx.now.getTime() + dayMs)
    return sendMessage(ctx, reader.keys, { ...letter, userId: row.user_id, notAfter })
  }

  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    // Whoever removes a factor of their own stays where they are.
    const kept = ctx.actor.kind === 'user' ? ctx.actor.session.id : undefined
    // Of two who remove the last two factors at once, one finds that theirs is the last.
    for (;;) {
      const row = await findFactor(ctx.db, ctx.tenantId, input.id)
      if (!row) throw new Fault('not_found')
      const user = await getUserRow(ctx, row.user_id)
      const all = await listFactorRows(ctx.db, ctx.tenantId, row.user_id)
      if (isReal(row) && all.filter(isReal).length === 1 && (await rules.of(ctx)).mfa === 'required') {
        throw new Fault('last_factor')
      }
      const gone = fallWith(row, all)
      const isToken = row.type === hotpToken.type
      const returned = isToken ? await returnToStock(ctx, reader.keys, row.id, openFactor(reader, row).data) : []
      const committed = await commit(ctx, [
        factorsAsRead(user),
        ...returned,
        ...gone.map((each) => deleteFactor({ id: each.id, tenant_id: each.tenant_id, version: each.version })),
        ...tellAddress(ctx, row),
        ...gone.map((each) =>
          record(ctx, {
            type: 'factor.removed',
            userId: each.user_id,
            data: { factor_id: each.id, factor_type: each.type, was_active: each.confirmed_at !== null },
          }),
        ),
        // What was never proven has opened nothing.
        ...(row.confirmed_at === null ? [] : sessions.endAllOf(ctx, row.user_id, 'factor_removed', { kept })),
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
