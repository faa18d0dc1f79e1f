import type { Policy } from '@gatehouse/contract/policy'
import type { ZodType } from 'zod'
import { type Context, update } from '../context.ts'
import { dayMs, secondMs } from '../kernel/durations.ts'
import type { UserId } from '../kernel/ids.ts'
import {
  type AttemptVerdict,
  countLoginAttempt,
  type Locked,
  LoginAttempts,
  type LoginLimits,
  settleLoginAttempt,
  takeBackLoginAttempt,
} from './login-attempts.ts'
import { countMfaAttempt, forgiveMfaAttempt, MfaAttempts } from './mfa-attempts.ts'

/** A count of failures: where it is kept, for how long, and in what form. */
interface Tally<State> {
  readonly key: string
  readonly ttlMs: number
  readonly form: ZodType<State>
}

/** The count of wrong passwords on a name, known or not; a device that its user has proven has a count of its own. */
export function loginTally(ctx: Context, emailKey: string, deviceId: string | undefined): Tally<LoginAttempts> {
  return { key: `login ${ctx.tenantId} ${deviceId ?? ''} ${emailKey}`, ttlMs: 365 * dayMs, form: LoginAttempts }
}

/** The count of wrong codes of an account. */
export function mfaTally(ctx: Context, userId: UserId): Tally<MfaAttempts> {
  return { key: `mfa ${ctx.tenantId} ${userId}`, ttlMs: 31 * dayMs, form: MfaAttempts }
}

/** Counts an attempt at a password, before it is judged. */
export function countPassword(
  ctx: Context,
  tally: Tally<LoginAttempts>,
  policy: Policy,
): Promise<AttemptVerdict<LoginAttempts>> {
  return count(ctx, tally, (state) => countLoginAttempt(state, ctx.now.getTime(), limitsOf(policy)))
}

function limitsOf(policy: Policy): LoginLimits {
  return {
    failures: policy.loginLockFailures,
    lockMs: policy.loginLockSeconds * secondMs,
    hard: policy.loginHardFailures,
  }
}

/** Locks a name for as long as too many wrong passwords would: somebody has decided so. Devices of its owner go on. */
export function lockName(ctx: Context, emailKey: string, policy: Policy): Promise<void> {
  const lockedUntil = ctx.now.getTime() + limitsOf(policy).lockMs
  return change(ctx, loginTally(ctx, emailKey, undefined), (state) => ({
    failures: 0,
    total: state?.total ?? 0,
    lockedUntil,
    unjudged: 0,
  }))
}

/** Whether the name is locked now. Counts nothing. */
export async function findLock(ctx: Context, tally: Tally<LoginAttempts>, policy: Policy): Promise<Locked | undefined> {
  const verdict = await update(ctx, tally.key, tally.ttlMs, (kept) => ({
    kept,
    result: countLoginAttempt(parse(tally, kept), ctx.now.getTime(), limitsOf(policy)),
  }))
  return verdict.allowed ? undefined : verdict
}

/**
 * Judges a password that was counted. When there is too much to do nobody has looked at it: an honest person must not be
 * locked out by that.
 */
export async function judgeCounted<Verdict>(
  ctx: Context,
  tally: Tally<LoginAttempts>,
  judge: () => Promise<Verdict>,
): Promise<Verdict> {
  return judge().catch(async (error: unknown) => {
    await change(ctx, tally, takeBackLoginAttempt)
    throw error
  })
}

/** The password that was counted was wrong. */
export function settlePassword(ctx: Context, tally: Tally<LoginAttempts>): Promise<void> {
  return change(ctx, tally, settleLoginAttempt)
}

/** Counts an attempt at a code, before it is judged. */
export function countCode(
  ctx: Context,
  tally: Tally<MfaAttempts>,
  policy: Policy,
): Promise<AttemptVerdict<MfaAttempts>> {
  const limits = {
    failures: policy.mfaWindowFailures,
    windowMs: policy.mfaWindowSeconds * secondMs,
    longestWaitMs: policy.mfaLongestWaitSeconds * secondMs,
    monthly: policy.mfaMonthlyFailures,
  }
  return count(ctx, tally, (state) => countMfaAttempt(state, ctx.now.getTime(), limits))
}

/** The code that was counted at the time of this context was right. */
export function forgiveCode(ctx: Context, tally: Tally<MfaAttempts>): Promise<void> {
  return change(ctx, tally, (state) => forgiveMfaAttempt(state, ctx.now.getTime()))
}

/** Forgets a count: the password was right, or somebody has lifted the lock. */
export function forgetTally(ctx: Context, tally: Tally<unknown>): Promise<void> {
  return change(ctx, tally, () => undefined)
}

function change<State>(
  ctx: Context,
  tally: Tally<State>,
  decide: (state: State | undefined) => State | undefined,
): Promise<void> {
  return update(ctx, tally.key, tally.ttlMs, (kept) => {
    const left = decide(parse(tally, kept))
    return { kept: left && JSON.stringify(left), result: undefined }
  })
}

function count<State>(
  ctx: Context,
  tally: Tally<State>,
  decide: (state: State | undefined) => AttemptVerdict<State>,
): Promise<AttemptVerdict<State>> {
  return update(ctx, tally.key, tally.ttlMs, (kept) => {
    const verdict = decide(parse(tally, kept))
    return { kept: verdict.allowed ? JSON.stringify(verdict.next) : kept, result: verdict }
  })
}

function parse<State>({ form }: Tally<State>, kept: string | undefined): State | undefined {
  return kept === undefined ? undefined : form.parse(JSON.parse(kept))
}
