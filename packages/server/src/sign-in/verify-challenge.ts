import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { ProblemCode } from '@gatehouse/contract/problems'
import type { verifyChallenge as Contract } from '@gatehouse/contract/sign-in-operations'
import { type Context, callingClient, hit } from '../context.ts'
import { findKnownDevice } from '../devices/known-device.ts'
import type { FactorReader } from '../factors/stored-factor.ts'
import { suspendFactor } from '../factors/suspend-factor.ts'
import { type Judged, readResponse, verifyFactor } from '../factors/verify-factor.ts'
import { findWideBlock } from '../guard/blocked-source.ts'
import { countCode, forgiveCode, mfaTally } from '../guard/count-attempt.ts'
import { refuseLocked } from '../guard/refuse-locked.ts'
import { secondMs } from '../kernel/durations.ts'
import type { SteadyClock } from '../kernel/steady-clock.ts'
import { refuse } from '../log/refuse.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import { noteTriedFactor } from '../risk/note-recent.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Write } from '../storage/write.ts'
import { getUserRow } from '../users/get-user.ts'
import type { Answered } from './answered.ts'
import { type ChallengeRow, findChallenge, isOpenTo, spendChallenge } from './challenge.store.ts'
import { claimApproval } from './claim-approval.ts'
import { commitAnswer } from './commit-answer.ts'
import { openSignIn } from './open-sign-in.ts'
import { openStepUp } from './open-step-up.ts'
import { openVerified } from './open-verified.ts'
import { refuseExpired } from './refuse-expired.ts'
import { takes } from './show-challenge.ts'

interface Tools extends FactorReader {
  readonly sessions: Sessions
  readonly policy: Policy
  readonly steadyClock: SteadyClock
  readonly rules: Rules
}

/** A proof in answer to a challenge. The attempt is counted, then judged. */
export function verifyChallenge({ sessions, policy, steadyClock, rules, ...reader }: Tools) {
  const openForSignIn = openSignIn({ sessions, policy, rules })
  const openForStepUp = openStepUp({ sessions, policy, steadyClock })
  const open = (answered: Answered) => {
    const { purpose } = answered.challenge
    if (purpose === 'sign_in') return openForSignIn(answered)
    return purpose === 'step_up' ? openForStepUp(answered) : openVerified(answered)
  }

  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const client = callingClient(ctx)
    const now = ctx.now.getTime()
    const [challenge, wide] = await Promise.all([findChallenge(ctx.db, ctx.tenantId, input.id), findWideBlock(ctx)])
    if (!isOpenTo(challenge, client, ctx.now)) return refuseExpired(ctx, challenge)
    if (wide) return refuseLocked(ctx, wide, { type: 'factor.rejected', userId: challenge.user_id })
    const response = readResponse(input)
    if (response === undefined) return claimApproval({ open, ...reader }, ctx, challenge, input)
    const window = { limit: policy.challengeAttempts, windowMs: policy.challengeSeconds * secondMs }
    const answers = await hit(ctx, `challenge:${challenge.id}`, window)
    if (!answers.allowed) return refuseExpired(ctx, challenge)
    const tally = mfaTally(ctx, challenge.user_id)
    const attempt = await countCode(ctx, tally, policy)
    if (!attempt.allowed) {
      // The challenge stays for whoever has time.
      const data = { challenge_id: challenge.id }
      return refuseLocked(ctx, attempt, { type: 'factor.rejected', userId: challenge.user_id, data })
    }

    // When somebody changed the factor or the user first, the proof is judged again, against what they are now.
    for (;;) {
      const user = await getUserRow(ctx, challenge.user_id)
      // A new password, address or role since the challenge was made: begin anew.
      if (user.version !== challenge.user_version) return refuseExpired(ctx, challenge)
      const judged = await verifyFactor(ctx, reader, user.id, {
        purpose: challenge.purpose,
        challengeId: challenge.id,
        factorId: input.factor_id,
        response,
        accepts: (factor) => takes(challenge, factor),
      })
      if (judged.factor) await noteTriedFactor(ctx, user.id, judged.factor.type)
      if (!judged.accepted) {
        const writes = [
          ...(attempt.locks ? [spendChallenge({ id: challenge.id, spent_at: now, answered_by: null })] : []),
          ...(judged.factor && attempt.next.row >= policy.mfaSuspendFailures ? suspendFactor(ctx, judged.factor) : []),
        ]
        const isKnownDevice = (await findKnownDevice(ctx, user.id, input.end_user?.device_token)) !== undefined
        return refuseProof(ctx, challenge, { judged, isKnownDevice, writes })
      }
      const answered = { ctx, client, challenge, user, judged, input }
      const opened = await open(answered)
      if (!opened) return refuseExpired(ctx, challenge)
      await forgiveCode(ctx, tally)
      const answer = await commitAnswer(answered, opened)
      if (answer) return answer
    }
  }
}

type Rejected = Extract<Judged, { accepted: false }>

function refuseProof(
  ctx: Context,
  challenge: ChallengeRow,
  { judged, isKnownDevice, writes }: { judged: Rejected; isKnownDevice: boolean; writes: readonly Write[] },
): Promise<never> {
  const { factor, kind, verdict } = judged
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
        ...(isKnownDevice && { known_device: true }),
      },
    },
    writes,
  })
}
