import type { Policy } from '@gatehouse/contract/policy'
import type { ProblemCode } from '@gatehouse/contract/problems'
import { type Context, commit } from '../context.ts'
import { isReal, listActiveFactors } from '../factors/list-factors.ts'
import type { FactorReader } from '../factors/stored-factor.ts'
import { suspendFactor } from '../factors/suspend-factor.ts'
import { verifyFactor } from '../factors/verify-factor.ts'
import { countCode, forgiveCode, mfaTally } from '../guard/count-attempt.ts'
import { refuseLocked } from '../guard/refuse-locked.ts'
import { isTwoFactor } from '../kernel/assurance.ts'
import { minuteMs, secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { UserId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import { getUserRow, userAsRead } from '../users/get-user.ts'
import { type SessionRow, useMfa } from './session.store.ts'
import { isMfaToken } from './session-secret.ts'
import type { Sessions } from './sessions.ts'

/** What a caller shows of a second factor: a code, or the token that an earlier proof gave. */
export interface ShownFactor {
  readonly code?: string | undefined
  readonly token?: string | undefined
}

/** A second factor, proven in a session. */
export interface ProvenFactor {
  /** Epoch milliseconds. */
  readonly at: number
  /** What speaks for it from now on, where a code has just proven it. */
  readonly token?: string
}

/** The second factor of a session that goes on: proven by a code that is spent, or by the token that it gave. */
export interface SecondFactor {
  /**
   * What of it is proven now. A sign-in with a second factor is a proof, too.
   * @throws Fault when something is shown that is wrong
   */
  judge(
    ctx: Context,
    session: SessionRow,
    shown: ShownFactor,
  ): ProvenFactor | undefined | Promise<ProvenFactor | undefined>
  /** Whether the user has a factor to prove. */
  isOwned(ctx: Context, userId: UserId): Promise<boolean>
}

interface Tools extends FactorReader {
  readonly sessions: Sessions
  readonly policy: Policy
}

export function openSecondFactor({ sessions, policy, ...reader }: Tools): SecondFactor {
  const { keys } = reader

  /** Counted, then judged, then spent; of two who come with one code, one gets the token. */
  async function prove(ctx: Context, session: SessionRow, code: string): Promise<ProvenFactor> {
    const tally = mfaTally(ctx, session.user_id)
    const attempt = await countCode(ctx, tally, policy)
    if (!attempt.allowed) {
      return refuseLocked(ctx, attempt, { type: 'factor.rejected', userId: session.user_id, sessionId: session.id })
    }
    for (;;) {
      const user = await getUserRow(ctx, session.user_id)
      const judged = await verifyFactor(ctx, reader, user.id, {
        purpose: 'step_up',
        challengeId: null,
        response: { code },
        // A way back in is no second factor.
        accepts: isReal,
      })
      if (!judged.accepted) {
        const { factor, kind, verdict } = judged
        const problem = (verdict.reason === 'replay' && kind?.replayProblem) || 'mfa_code_invalid'
        const suspends = factor && attempt.next.row >= policy.mfaSuspendFailures
        return refuse(ctx, problem, {
          event: {
            type: 'factor.rejected',
            userId: user.id,
            sessionId: session.id,
            data: { reason: verdict.reason, factor_id: factor?.id ?? null, ...verdict.diagnosis },
          },
          writes: suspends ? suspendFactor(ctx, factor) : [],
        })
      }
      await forgiveCode(ctx, tally)
      const at = ctx.now.getTime()
      const { id, type } = judged.factor
      const raised = sessions.raise(ctx, session)
      const committed = await commit(ctx, [
        userAsRead(user),
        ...judged.spend,
        raised.write,
        record(ctx, {
          type: 'factor.verified',
          userId: user.id,
          sessionId: session.id,
          data: { factor_id: id, factor_type: type },
        }),
      ])
      if (committed.done) {
        sessions.forget(session.id)
        return { at, token: raised.mfaToken }
      }
      if (committed.failed === 'session ended') throw new Fault('token_invalid')
    }
  }

  /** The time of the proof that the token speaks for. */
  async function judgeToken(ctx: Context, session: SessionRow, token: string): Promise<number> {
    const { mfa_at: at, mfa_used_at: usedAt } = session
    const now = ctx.now.getTime()
    if (at === null || !isMfaToken(keys, session, at, token)) {
      return refuseProof(ctx, session, 'mfa_required', { reason: 'invalid' })
    }
    const isOver = now - at >= policy.mfaSessionSeconds * secondMs
    const isIdle = now - (usedAt ?? at) >= policy.mfaSessionIdleSeconds * secondMs
    if (isOver || isIdle) return refuseProof(ctx, session, 'mfa_required', { reason: 'expired' })
    // To the minute, so that most requests write nothing. It may end a minute early, and never late.
    if (now - (usedAt ?? at) >= minuteMs) {
      await commit(ctx, [useMfa({ id: session.id, mfa_at: at, mfa_used_at: now })])
      sessions.forget(session.id)
    }
    return at
  }

  /** Of this proof and the sign-in's the newest that stands. */
  function findNewest(ctx: Context, session: SessionRow, ofToken = -Infinity): ProvenFactor | undefined {
    // That proof ends with all others when the person's factors change (`endProofsOf`).
    const ofSignIn = isTwoFactor(session.acr) && session.mfa_at !== null ? session.auth_time : -Infinity
    const at = Math.max(ofToken, ofSignIn)
    return ctx.now.getTime() - at < policy.mfaSessionSeconds * secondMs ? { at } : undefined
  }

  return {
    judge(ctx, session, { code, token }) {
      if (code !== undefined) return prove(ctx, session, code)
      if (token === undefined) return findNewest(ctx, session)
      return judgeToken(ctx, session, token).then((at) => findNewest(ctx, session, at))
    },
    async isOwned(ctx, userId) {
      const factors = await listActiveFactors(ctx, userId)
      return factors.some(isReal)
    },
  }
}

function refuseProof(
  ctx: Context,
  session: SessionRow,
  code: ProblemCode,
  data: Readonly<Record<string, string>>,
): Promise<never> {
  return refuse(ctx, code, {
    event: { type: 'factor.rejected', userId: session.user_id, sessionId: session.id, data },
  })
}
