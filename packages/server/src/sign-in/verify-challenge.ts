import type { Method } from '@gatehouse/contract/methods'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { verifyChallenge as Contract } from '@gatehouse/contract/operations'
import type { Policy } from '@gatehouse/contract/policy'
import type { ProblemCode } from '@gatehouse/contract/problems'
import { type Context, callingClient, commit, hit } from '../context.ts'
import { findKnownDevice, rememberDevice } from '../devices/known-device.ts'
import { countUnusedCodes, RecoveryCodesData, recoveryCodes } from '../factors/recovery-codes/recovery-codes.ts'
import type { FactorReader } from '../factors/stored-factor.ts'
import { suspendFactor } from '../factors/suspend-factor.ts'
import { type Judged, readResponse, verifyFactor } from '../factors/verify-factor.ts'
import { countCode, forgiveCode, mfaTally } from '../guard/count-attempt.ts'
import { minuteMs, secondMs } from '../kernel/durations.ts'
import type { UserId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import type { NewSession, Sessions } from '../sessions/sessions.ts'
import type { Write } from '../storage/write.ts'
import { getUserRow, userAsRead } from '../users/get-user.ts'
import { showUser } from '../users/show-user.ts'
import { type ChallengeRow, findChallenge, isOpenTo, spendChallenge } from './challenge.store.ts'
import { nextStep } from './next-step.ts'
import { showAuthenticated } from './show-authenticated.ts'

interface Tools extends FactorReader {
  readonly sessions: Sessions
  readonly policy: Policy
}

/**
 * A code in answer to a challenge. The attempt is counted, then judged; what an accepted code opens is committed
 * together with the code being spent and the challenge being spent, so that of all who come with it one gets in.
 */
export function verifyChallenge({ sessions, policy, ...reader }: Tools) {
  /** A device that is known already keeps its token. */
  async function newDevice(ctx: Context, userId: UserId, token: string | undefined) {
    return (await findKnownDevice(ctx, userId, token)) ? undefined : rememberDevice(ctx, userId, policy)
  }

  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const client = callingClient(ctx)
    const challenge = await findChallenge(ctx.db, ctx.tenantId, input.id)
    const now = ctx.now.getTime()
    if (!isOpenTo(challenge, client, ctx.now)) return refuseExpired(ctx, challenge)
    const window = { limit: policy.challengeAttempts, windowMs: policy.challengeSeconds * secondMs }
    const answers = await hit(ctx, `challenge:${challenge.id}`, window)
    if (!answers.allowed) return refuseExpired(ctx, challenge)
    const tally = mfaTally(ctx, challenge.user_id)
    const attempt = await countCode(ctx, tally, policy)
    if (!attempt.allowed) {
      return refuseLocked(ctx, challenge, attempt)
    }

    // When somebody changed the factor or the user first, the proof is judged again, against what they are now.
    for (;;) {
      const user = await getUserRow(ctx, challenge.user_id)
      // A new password, address or role since the first factor: begin anew.
      if (user.version !== challenge.user_version) return refuseExpired(ctx, challenge)
      const judged = await verifyFactor(ctx, reader, user.id, {
        purpose: challenge.purpose,
        challengeId: challenge.id,
        factorId: input.factor_id,
        response: readResponse(input),
      })
      if (!judged.accepted) {
        const writes = [
          ...(attempt.locks ? [spendChallenge({ id: challenge.id, spent_at: now })] : []),
          ...(judged.factor && attempt.next.row >= policy.mfaSuspendFailures ? suspendFactor(ctx, judged.factor) : []),
        ]
        return refuseProof(ctx, challenge, judged, writes)
      }
      const proven = [...(JSON.parse(challenge.amr) as Method[]), ...judged.proves]
      const step = nextStep(proven, { isDisabled: user.disabled_at !== null, factors: [] })
      if (step.status !== 'authenticated') return refuseExpired(ctx, challenge)

      const amr = step.acr === 'aal2' ? [...proven, 'mfa'] : proven
      await forgiveCode(ctx, tally)
      const remembers = input.remember_device === true && step.acr === 'aal2'
      const device = remembers ? await newDevice(ctx, user.id, input.end_user?.device_token) : undefined
      const session = sessions.open(ctx, client, { user: showUser(user), amr, acr: step.acr })
      const committed = await commit(ctx, [
        userAsRead(user),
        ...judged.spend,
        spendChallenge({ id: challenge.id, spent_at: now }),
        recordUse(ctx, session, judged),
        ...session.writes,
        ...(device ? [device.write] : []),
      ])
      if (committed.done) {
        return {
          ...showAuthenticated(session, showUser(user)),
          ...(device && { device_token: device.token }),
          ...showRecovery(judged),
        }
      }
      if (committed.failed === 'challenge spent') return refuseExpired(ctx, challenge)
    }
  }
}

type Accepted = Extract<Judged, { accepted: true }>
type Rejected = Extract<Judged, { accepted: false }>

function recordUse(ctx: Context, session: NewSession, judged: Accepted): Write {
  const { factor } = judged
  const { recovery } = showRecovery(judged)
  return record(ctx, {
    type: factor.type === recoveryCodes.type ? 'recovery_code.used' : 'factor.verified',
    userId: factor.user_id,
    sessionId: session.id,
    data: { factor_id: factor.id, factor_type: factor.type, ...recovery },
  })
}

/** Who came in with a recovery code is told how many are left. */
function showRecovery({ factor, data }: Accepted): Pick<Output<typeof Contract>, 'recovery'> {
  if (factor.type !== recoveryCodes.type) return {}
  return { recovery: { codes_left: countUnusedCodes(RecoveryCodesData.parse(data)) } }
}

function refuseExpired(ctx: Context, challenge: ChallengeRow | undefined): Promise<never> {
  const data = { reason: 'challenge_expired', challenge_id: challenge?.id ?? null }
  return refuse(ctx, 'challenge_expired', { event: { type: 'factor.rejected', userId: challenge?.user_id, data } })
}

/** Too many wrong codes: the account waits, whatever the code, and the challenge stays for whoever has time. */
function refuseLocked(
  ctx: Context,
  challenge: ChallengeRow,
  { retryAfterMs = minuteMs, monthIsFull }: { readonly retryAfterMs: number | undefined; readonly monthIsFull?: true },
): Promise<never> {
  return refuse(ctx, 'too_many_attempts', {
    retryAfterSeconds: Math.ceil(retryAfterMs / secondMs),
    event: {
      type: 'factor.rejected',
      userId: challenge.user_id,
      data: { reason: monthIsFull ? 'month_limit' : 'locked', challenge_id: challenge.id },
    },
  })
}

function refuseProof(
  ctx: Context,
  challenge: ChallengeRow,
  { factor, kind, verdict }: Rejected,
  writes: readonly Write[],
): Promise<never> {
  const code: ProblemCode = (verdict.reason === 'replay' && kind?.replayProblem) || 'mfa_code_invalid'
  return refuse(ctx, code, {
    event: {
      type: 'factor.rejected',
      userId: challenge.user_id,
      data: {
        reason: verdict.reason,
        challenge_id: challenge.id,
        factor_id: factor?.id ?? null,
        factor_type: factor?.type ?? null,
        ...verdict.diagnosis,
      },
    },
    writes,
  })
}
