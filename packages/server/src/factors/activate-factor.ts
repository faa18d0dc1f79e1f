import type { activateFactor as Contract } from '@gatehouse/contract/factor-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import { type Context, commit, hit } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Write } from '../storage/write.ts'
import { factorsAsRead, getUserRow } from '../users/get-user.ts'
import { confirmFactor, deleteFactor, dropPendingFactor, type FactorRow, insertFactor } from './factor.store.ts'
import type { Diagnosis } from './factor.ts'
import { startAge } from './factor-age.ts'
import { findOtherFactor } from './find-other-factor.ts'
import { hintOf } from './hint-of.ts'
import { getFactorRow, hasRecovered, isReal, listActiveFactors } from './list-factors.ts'
import { newFactor } from './new-factor.ts'
import { isSetInUse, RecoveryCodesData, recoveryCodes } from './recovery-codes/recovery-codes.ts'
import { type FactorReader, openFactor, sealData, showFactor } from './stored-factor.ts'
import { judgeOf, readResponse } from './verify-factor.ts'

interface Tools extends FactorReader {
  readonly sessions: Sessions
  readonly policy: Policy
}

/**
 * The first accepted proof activates a factor. A user's first factor brings ten recovery codes with it; a new set of recovery
 * codes takes the place of the old one only now, when its owner has shown to have it.
 */
export function activateFactor({ policy, sessions, ...reader }: Tools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const row = await getFactorRow(ctx, input.id)
    if (row.confirmed_at !== null) throw new Fault('factor_already_active')

    const lifeMs = policy.enrollmentSeconds * secondMs
    const attempt = await hit(ctx, `enrollment:${row.id}`, { limit: policy.enrollmentAttempts, windowMs: lifeMs })
    const isExpired = row.expires_at !== null && row.expires_at <= ctx.now.getTime()
    // Of attempts at the same time one may still be right: only time and the last wrong one end the enrolment.
    if (isExpired || !attempt.allowed) {
      return refusePending(ctx, row, 'factor_expired', { why: { reason: 'expired' }, ends: isExpired })
    }

    const response = readResponse(input)
    const judge = judgeOf(ctx, reader, response)
    const { verdict, spend } = await judge(row, { purpose: 'enroll', challengeId: null })
    if (!verdict.accepted) {
      const other = await findOtherFactor(ctx, reader, { userId: row.user_id, judged: [row], response })
      const diagnosis = other ?? verdict.diagnosis
      const why = { reason: verdict.reason, ...diagnosis }
      return refusePending(ctx, row, 'mfa_code_invalid', {
        why,
        ends: attempt.remaining === 0,
        hint: hintOf(diagnosis),
      })
    }

    // When the user's factors changed meanwhile, look again: a user has one active set of codes, and none by itself.
    for (;;) {
      const user = await getUserRow(ctx, row.user_id)
      const active = await listActiveFactors(ctx, row.user_id)
      const sets = active.filter(({ type }) => type === recoveryCodes.type)
      const isSet = row.type === recoveryCodes.type
      if (!isSet && hasRecovered(ctx, active)) throw new Fault('recovery_only')
      if (isSet && !active.some(isReal)) throw new Fault('factor_required')
      const isUsed = sets.some((set) =>
        isSetInUse(RecoveryCodesData.parse(openFactor(reader, set).data), set.confirmed_at ?? 0),
      )
      const endsAt = ctx.now.getTime() + lifeMs
      const made =
        isSet || (sets.length > 0 && !isUsed)
          ? undefined
          : await makeRecoveryCodes(ctx, reader, row, isUsed ? { expiresAt: endsAt } : undefined)
      const confirmedAt = ctx.now.getTime()
      const age = startAge(verdict.goodForDays, ctx.now)
      const committed = await commit(ctx, [
        factorsAsRead(user),
        ...(isSet
          ? sets.map((old) => deleteFactor({ id: old.id, tenant_id: old.tenant_id, version: old.version }))
          : []),
        confirmFactor({
          id: row.id,
          version: row.version,
          handle: isSet ? handleOfActiveSet(row) : (verdict.handle ?? row.handle),
          data: sealData(reader.keys, row, verdict.data, ctx),
          confirmed_at: confirmedAt,
          ...age,
        }),
        ...spend,
        record(ctx, {
          type: 'factor.activated',
          userId: row.user_id,
          data: { factor_id: row.id, factor_type: row.type },
        }),
        ...(made?.writes ?? []),
        ...(await sessions.endProofsOf(ctx, row.user_id)),
      ])
      if (committed.done) {
        sessions.forgetAll()
        const activated = { ...row, confirmed_at: confirmedAt, last_used_at: confirmedAt, expires_at: null, ...age }
        return { factor: showFactor(activated), ...made?.shown }
      }
      if (committed.failed === 'factor changed' || committed.failed === 'question spent') {
        return refusePending(ctx, row, 'mfa_code_invalid', { why: { reason: 'replay' }, ends: false })
      }
    }
  }
}

type Made = Pick<Output<typeof Contract>, 'recovery_codes' | 'recovery_set'>

/** One active set of recovery codes for each user: the look-up key is unique. */
function handleOfActiveSet(row: Pick<FactorRow, 'user_id'>): string {
  return `recovery_codes ${row.user_id}`
}

/** Why a first proof is refused, what its owner is told about it, and whether it was the last try. */
interface Pending {
  readonly why: Diagnosis & { readonly reason: string }
  readonly ends: boolean
  readonly hint?: string | undefined
}

/** Refuses a first proof; when `ends`, the pending factor and its secret are gone with it. */
function refusePending(
  ctx: Context,
  row: FactorRow,
  code: 'factor_expired' | 'mfa_code_invalid',
  { why, ends, hint }: Pending,
): Promise<never> {
  return refuse(ctx, code, {
    ...(hint !== undefined && { hint }),
    event: {
      type: 'factor.rejected',
      userId: row.user_id,
      data: { factor_id: row.id, factor_type: row.type, purpose: 'enroll', ...why },
    },
    writes: ends ? [dropPendingFactor({ id: row.id, tenant_id: row.tenant_id })] : [],
  })
}

/**
 * A set of codes that comes with the factor that was just proven, and needs no proof of its own; or, after a code was used,
 * its successor, which waits for one of its codes: until its owner has shown to have it, the old set is good.
 */
async function makeRecoveryCodes(
  ctx: Context,
  { keys }: FactorReader,
  first: FactorRow,
  waits?: { readonly expiresAt: number },
): Promise<{ readonly shown: Made; readonly writes: readonly Write[] }> {
  const { data, shown } = await recoveryCodes.enroll(ctx)
  const state = waits
    ? { expires_at: waits.expiresAt }
    : { handle: handleOfActiveSet(first), confirmed_at: ctx.now.getTime() }
  const row = newFactor(ctx, keys, { type: recoveryCodes.type, user_id: first.user_id, data, ...state })
  return {
    shown: { recovery_codes: shown.codes, ...(waits && { recovery_set: showFactor(row) }) },
    writes: [
      insertFactor(row),
      record(ctx, {
        type: 'recovery_codes.generated',
        userId: first.user_id,
        data: { factor_id: row.id, state: waits ? 'pending' : 'active' },
      }),
    ],
  }
}
