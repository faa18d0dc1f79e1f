import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { Claims } from '@gatehouse/contract/resources'
import type { validateToken as Contract } from '@gatehouse/contract/verification-operations'
import { type Context, callingClient, commit } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import type { SteadyClock } from '../kernel/steady-clock.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import { spendGrant } from '../sign-in/spend-grant.ts'
import type { ProvenFactor, SecondFactor } from './second-factor.ts'
import type { SessionRow } from './session.store.ts'
import type { Sessions } from './sessions.ts'

type Answer = Output<typeof Contract>

interface Tools {
  readonly sessions: Sessions
  readonly secondFactor: SecondFactor
  readonly policy: Policy
  readonly steadyClock: SteadyClock
}

/**
 * Whether a token is good now, and what of a second factor is proven with it. A good token alone changes nothing; a code is
 * spent; what is not good, or not enough, goes on record.
 */
export function validateToken(tools: Tools) {
  const { sessions, secondFactor } = tools
  const spend = spendGrant(tools)
  /** The last answer about each token, as long as its claims are remembered. */
  const answers = new WeakMap<Claims, Answer>()
  function answerAgain(claims: Claims, proven: ProvenFactor | undefined): Answer {
    const before = answers.get(claims)
    const mfa = showProof(proven)
    const isSame = mfa.verified_at === before?.mfa?.verified_at && mfa.session_token === undefined
    if (before && isSame) return before
    const answer = Object.freeze({ active: true, claims, mfa })
    if (mfa.session_token === undefined) answers.set(claims, answer)
    return answer
  }
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Answer> => {
    const judged = sessions.judge(ctx, callingClient(ctx), input.token)
    // What is in memory is not waited for, here and below: each wait costs more than the judging.
    const verdict = judged instanceof Promise ? await judged : judged
    if (!verdict.active) {
      const { reason, sessionId } = verdict
      await commit(ctx, [record(ctx, { type: 'token.rejected', sessionId, data: { reason } })])
      return { active: false, reason }
    }
    const { claims, session } = verdict
    // Good for a new factor and nothing else: who only looks at `active` must not let them in.
    if (session.acr === 'recovery') {
      const about = { userId: session.user_id, sessionId: session.id }
      await commit(ctx, [record(ctx, { type: 'token.rejected', ...about, data: { reason: 'restricted' } })])
      return { active: false, reason: 'restricted', claims }
    }
    const shown = { code: input.mfa_code, token: input.session_token }
    const proving = secondFactor.judge(ctx, session, shown)
    const proven = proving instanceof Promise ? await proving : proving
    if (input.require) await demand(ctx, session, proven, input.require)
    const action = input.require?.action
    if (action === undefined) return answerAgain(claims, proven)
    if (input.grant === undefined) return refuseProof(ctx, session, 'mfa_required', tools.policy.stepUpSeconds)
    const approval = await spend(ctx, { grant: input.grant, action, session })
    return { active: true, claims, mfa: showProof(proven), approval }
  }
}

interface Demand {
  readonly mfa?: boolean | undefined
  readonly max_age_seconds?: number | undefined
}

async function demand(
  ctx: Context,
  session: SessionRow,
  proven: ProvenFactor | undefined,
  { mfa, max_age_seconds }: Demand,
): Promise<void> {
  if (!mfa && max_age_seconds === undefined) return
  const isFresh = proven && (!max_age_seconds || ctx.now.getTime() - proven.at <= max_age_seconds * secondMs)
  if (isFresh) return
  await refuseProof(ctx, session, proven ? 'mfa_stale' : 'mfa_required', max_age_seconds)
}

function refuseProof(
  ctx: Context,
  session: SessionRow,
  code: 'mfa_stale' | 'mfa_required',
  maxAgeSeconds: number | undefined,
): Promise<never> {
  const about = { userId: session.user_id, sessionId: session.id }
  const event = { type: 'token.rejected', ...about, data: { reason: code } } as const
  return refuse(ctx, code, { event, stepUp: { maxAgeSeconds } })
}

function showProof(proven: ProvenFactor | undefined): NonNullable<Answer['mfa']> {
  if (!proven) return { verified: false }
  const verified_at = new Date(proven.at).toISOString()
  return { verified: true, verified_at, ...(proven.token !== undefined && { session_token: proven.token }) }
}
