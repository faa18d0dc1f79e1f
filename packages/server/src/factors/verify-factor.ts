import type { Method } from '@gatehouse/contract/methods'
import type { Context } from '../context.ts'
import type { ChallengeId, FactorId, UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { type About, useQuestion } from './ask-question.ts'
import { deleteFactor, type FactorRow } from './factor.store.ts'
import type { AnyFactor, Verdict } from './factor.ts'
import { findOtherFactor } from './find-other-factor.ts'
import { isMailCheck, listAnswerable, listAskable } from './list-factors.ts'
import { type FactorReader, openFactor, useFactor } from './stored-factor.ts'

/** The proof in a request: a typed code, or what a device answered. */
export function readResponse({ code, response }: { code?: string | undefined; response?: unknown }): unknown {
  return code === undefined ? response : { code }
}

/** What a person sends to prove possession, in answer to what, and with which of their factors if they say so. */
export interface GivenProof extends Pick<About, 'purpose'> {
  readonly challengeId: ChallengeId | null
  readonly factorId?: FactorId | undefined
  readonly response: unknown
  /** Which factors may answer; all that can be asked for, unless it is given. */
  readonly accepts?: (factor: FactorRow) => boolean
}

/** The proof as judged. On acceptance nothing is stored yet: `spend` goes into the commit of what the proof opens. */
export type Judged =
  | {
      readonly accepted: true
      readonly factor: FactorRow
      /** All proven factors of the person, as they were read. */
      readonly owned: readonly FactorRow[]
      readonly data: unknown
      readonly proves: readonly Method[]
      /** Fails when another proof was faster. */
      readonly spend: readonly Write[]
    }
  | {
      readonly accepted: false
      /** The factor that came closest; undefined when none of the person's factors takes such a proof. */
      readonly factor: FactorRow | undefined
      readonly kind: AnyFactor | undefined
      readonly verdict: Rejection
    }

export type Accepted = Extract<Judged, { accepted: true }>
type Refused = Extract<Judged, { accepted: false }>
type Rejection = Extract<Verdict<unknown>, { accepted: false }>

/** Judges a proof against the active factors of a user. Count the attempt before calling this. */
export async function verifyFactor(
  ctx: Context,
  reader: FactorReader,
  userId: UserId,
  { factorId, response, accepts = () => true, ...asked }: GivenProof,
): Promise<Judged> {
  const answerable = await listAnswerable(ctx, userId)
  const owned = answerable.filter((row) => !isMailCheck(row))
  const judge = judgeOf(ctx, reader, response)
  const looked: FactorRow[] = []
  let closest: Refused = { accepted: false, factor: undefined, kind: undefined, verdict: mismatch }
  for (const factor of listAskable(answerable, ctx.now)) {
    if (!accepts(factor) || (factorId !== undefined && factor.id !== factorId)) continue
    looked.push(factor)
    const { kind, verdict, spend } = await judge(factor, asked)
    if (verdict.accepted) {
      const { data, proves = kind.proves } = verdict
      const { id, tenant_id, version } = factor
      const isGoodOnce = kind.isGoodOnce || isMailCheck(factor)
      const use = isGoodOnce ? deleteFactor({ id, tenant_id, version }) : useFactor(reader, factor, data, ctx)
      return { accepted: true, factor, owned, data, proves, spend: [use, ...spend] }
    }
    if (closest.factor === undefined || isCloser(verdict, closest.verdict)) {
      closest = { accepted: false, factor, kind, verdict }
    }
  }
  if (closest.verdict.reason !== 'mismatch') return closest
  const other = await findOtherFactor(ctx, reader, { userId, judged: looked, response })
  return other ? { ...closest, verdict: { ...closest.verdict, diagnosis: other } } : closest
}

/** A proof that was good once tells most, then one of which its factor can say what is wrong with it. */
function isCloser(one: Rejection, other: Rejection): boolean {
  if (one.reason === 'replay' || other.reason === 'replay') return one.reason === 'replay'
  return one.diagnosis !== undefined && other.diagnosis === undefined
}

const mismatch = { accepted: false, reason: 'mismatch' } as const
const expired = { accepted: false, reason: 'expired' } as const

interface Judgement {
  readonly kind: AnyFactor
  readonly verdict: Verdict<unknown>
  /** Uses up the question that was answered. */
  readonly spend: readonly Write[]
}

/** Lets factors judge one response. One that answers a question uses up one of its tries, however many factors look at it. */
export function judgeOf(ctx: Context, reader: FactorReader, response: unknown) {
  const used = new Map<string, ReturnType<typeof useQuestion>>()
  return async (factor: FactorRow, asked: Pick<About, 'purpose' | 'challengeId'>): Promise<Judgement> => {
    const { kind, data } = openFactor(reader, factor)
    // A device answers for itself, and not by the mouth of whoever signs in.
    if (kind.disturbs && asked.purpose !== 'enroll') return { kind, verdict: mismatch, spend: [] }
    // A response of the wrong form is a wrong response.
    const form = asked.purpose === 'enroll' ? (kind.firstResponse ?? kind.response) : kind.response
    const parsed = form.safeParse(response)
    if (!parsed.success) return { kind, verdict: mismatch, spend: [] }
    const judge = asked.purpose === 'enroll' && kind.confirm ? kind.confirm : kind.verify
    if (!kind.kept) return { kind, verdict: await judge(ctx, { data, response: parsed.data }), spend: [] }

    const slot = kind.asksForAny ? kind.type : factor.id
    const using = used.get(slot) ?? useQuestion(ctx, reader.keys, { kind, factor, ...asked })
    used.set(slot, using)
    const question = await using
    if (!question) return { kind, verdict: expired, spend: [] }
    const verdict = await judge(ctx, { data, kept: question.kept, response: parsed.data })
    return { kind, verdict, spend: [question.spend] }
  }
}
