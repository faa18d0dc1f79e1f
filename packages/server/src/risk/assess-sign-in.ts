import type { RiskRules } from '@gatehouse/contract/risk'
import type { Context } from '../context.ts'
import { hourMs } from '../kernel/durations.ts'
import type { UserId } from '../kernel/ids.ts'
import type { NewEvent } from '../log/new-event.ts'
import { listSessionsInUse } from '../sessions/list-sessions.ts'
import type { Write } from '../storage/write.ts'
import { judgeRisk, type RiskFacts, type RiskVerdict } from './judge-risk.ts'
import { lessonOf } from './lesson-of.ts'
import { listFailedSignIns, listTriedFactors } from './note-recent.ts'
import { findPastText, keepPast } from './past.store.ts'
import { learn, noPast, Past } from './past.ts'
import { countNames } from './recent.ts'

/** A sign-in as it was judged. */
export interface Assessment extends RiskVerdict {
  /** For the record, and for nobody else: who signs in is not told what was unusual. */
  readonly noted: NonNullable<NewEvent['data']>
  /** Stands in the commit that lets its user in: what they do becomes usual. */
  readonly learned: Write
}

/** A session in which nothing has happened for so long says nothing about where its owner is. */
export const inUseMs = hourMs

/** Judges a sign-in of somebody who has proven a first factor, by a handful of rows. */
export async function assessSignIn(
  ctx: Context,
  userId: UserId,
  { isKnownDevice, rules }: { readonly isKnownDevice: boolean; readonly rules: RiskRules },
): Promise<Assessment> {
  const at = ctx.now.getTime()
  const [text, failures, tries, sessions] = await Promise.all([
    findPastText(ctx.db, ctx.tenantId, userId),
    listFailedSignIns(ctx),
    listTriedFactors(ctx, userId),
    listSessionsInUse(ctx, userId, inUseMs),
  ])
  const past = text === undefined ? noPast : Past.parse(JSON.parse(text))
  const lesson = lessonOf(at, ctx.source.userAgent, ctx.findPlace?.(ctx.source.ipAddress))
  const facts: RiskFacts = {
    ...lesson,
    isKnownDevice,
    sessionCountries: sessions.flatMap(({ ip_address }) => ctx.findPlace?.(ip_address)?.country ?? []),
    addressFailures: failures.length,
    typesTried: countNames(tries),
  }
  const verdict = judgeRisk(facts, past, rules)
  return {
    ...verdict,
    noted: noteOf(verdict, isKnownDevice),
    learned: keepPast({
      user_id: userId,
      tenant_id: ctx.tenantId,
      state: JSON.stringify(learn(past, facts)),
      learned_at: at,
    }),
  }
}

/** What stands in the record, of every sign-in: the dry run of another policy goes by it. */
function noteOf({ score, reasons, decision }: RiskVerdict, isKnownDevice: boolean): Assessment['noted'] {
  return {
    risk_score: score,
    ...(reasons.length > 0 && { risk_reasons: reasons.join(' ') }),
    risk_decision: decision,
    ...(isKnownDevice && { known_device: true }),
  }
}
