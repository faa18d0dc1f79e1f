import type { resyncFactor as Contract } from '@gatehouse/contract/factor-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import { type Context, commit } from '../context.ts'
import { countCode, forgiveCode, mfaTally } from '../guard/count-attempt.ts'
import { refuseLocked } from '../guard/refuse-locked.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import { replaceData } from './factor.store.ts'
import { HotpData, hotpToken, resyncHotp } from './hotp/hotp-token.ts'
import { getFactorRow } from './list-factors.ts'
import { type FactorReader, openFactor, sealData, showFactor } from './stored-factor.ts'

interface Tools extends FactorReader {
  readonly policy: Policy
}

/** Brings the counter of a token up to that of its display, by two codes in a row. They count as one attempt at a code. */
export function resyncFactor({ policy, ...reader }: Tools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const found = await getFactorRow(ctx, input.id)
    if (found.type !== hotpToken.type || found.confirmed_at === null) throw new Fault('not_found')
    const about = { userId: found.user_id, data: { factor_id: found.id, factor_type: found.type, purpose: 'resync' } }
    const tally = mfaTally(ctx, found.user_id)
    const attempt = await countCode(ctx, tally, policy)
    if (!attempt.allowed) return refuseLocked(ctx, attempt, { type: 'factor.rejected', ...about })
    const [first, second] = input.codes.map((code) => hotpToken.response.parse({ code }).code)
    // When the token was used meanwhile, the codes are judged against where it is now.
    for (;;) {
      const row = await getFactorRow(ctx, input.id)
      const data = HotpData.parse(openFactor(reader, row).data)
      const verdict = resyncHotp(data, [first ?? '', second ?? ''])
      if (!verdict.accepted) {
        return refuse(ctx, 'mfa_code_invalid', {
          event: {
            type: 'factor.rejected',
            ...about,
            data: { ...about.data, reason: verdict.reason, ...verdict.diagnosis },
          },
        })
      }
      await forgiveCode(ctx, tally)
      const usedAt = ctx.now.getTime()
      const sealed = sealData(reader.keys, row, verdict.data, ctx)
      const committed = await commit(ctx, [
        replaceData({ id: row.id, version: row.version, data: sealed, last_used_at: usedAt }),
        record(ctx, { type: 'factor.resynchronised', ...about }),
      ])
      if (committed.done) return { factor: showFactor({ ...row, last_used_at: usedAt }) }
    }
  }
}
