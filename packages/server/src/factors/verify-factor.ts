import type { Context } from '../context.ts'
import type { FactorId, UserId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { Write } from '../storage/write.ts'
import { type FactorRow, replaceData } from './factor.store.ts'
import type { AnyFactor, Verdict } from './factor.ts'
import { isAskable, listActiveFactors } from './list-factors.ts'
import { openFactor, sealData } from './stored-factor.ts'

/** What a person sends to prove possession, and with which of their factors if they say so. */
export interface GivenProof {
  readonly factorId?: FactorId | undefined
  readonly response: unknown
}

/** The proof as judged. On acceptance nothing is stored yet: `spend` goes into the commit of what the proof opens. */
export type Judged =
  | {
      readonly accepted: true
      readonly factor: FactorRow
      readonly data: unknown
      /** Fails as `factor changed` when another proof was faster. */
      readonly spend: Write
    }
  | {
      readonly accepted: false
      /** The factor that came closest; undefined when none of the person's factors takes such a proof. */
      readonly factor: FactorRow | undefined
      readonly kind: AnyFactor | undefined
      readonly verdict: Extract<Verdict<unknown>, { accepted: false }>
    }

/** Judges a proof against the active factors of a user. Count the attempt before calling this. */
export async function verifyFactor(ctx: Context, keys: Keyring, userId: UserId, given: GivenProof): Promise<Judged> {
  const rows = await listActiveFactors(ctx, userId)
  let closest: Judged = { accepted: false, factor: undefined, kind: undefined, verdict: mismatch }
  for (const factor of rows) {
    if (!isAskable(factor) || (given.factorId !== undefined && factor.id !== given.factorId)) continue
    const { kind, verdict } = await judge(ctx, keys, factor, given.response)
    if (verdict.accepted) {
      const spend = replaceData({
        id: factor.id,
        version: factor.version,
        data: sealData(keys, factor, verdict.data, ctx),
        last_used_at: ctx.now.getTime(),
      })
      return { accepted: true, factor, data: verdict.data, spend }
    }
    if (closest.factor === undefined || verdict.reason === 'replay') {
      closest = { accepted: false, factor, kind, verdict }
    }
  }
  return closest
}

const mismatch = { accepted: false, reason: 'mismatch' } as const

/** What one factor says to a response. A response of the wrong form is a wrong response. */
export async function judge(
  ctx: Context,
  keys: Keyring,
  row: FactorRow,
  response: unknown,
): Promise<{ readonly kind: AnyFactor; readonly verdict: Verdict<unknown> }> {
  const { kind, data } = openFactor(keys, row)
  const parsed = kind.response.safeParse(response)
  return { kind, verdict: parsed.success ? await kind.verify(ctx, { data, response: parsed.data }) : mismatch }
}
