import type { Policy } from '@gatehouse/contract/policy'
import type { Verified } from '@gatehouse/contract/resources'
import type { Context } from '../context.ts'
import { randomToken } from '../crypto/random-token.ts'
import { sha256 } from '../crypto/sha256.ts'
import { secondMs } from '../kernel/durations.ts'
import type { SteadyClock } from '../kernel/steady-clock.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Answered, Opened } from './answered.ts'
import { type ChallengeRow, giveGrant } from './challenge.store.ts'
import { openVerified } from './open-verified.ts'

interface Tools {
  readonly sessions: Sessions
  readonly policy: Policy
  readonly steadyClock: SteadyClock
}

/**
 * What the proof of a step-up opens: a grant for the one action that it was asked for, or, where it was asked for none, a new
 * proof in its session. Never both: who approves a payment has not said that their password may be changed.
 * Undefined when the session or the factors are not what they were.
 */
export function openStepUp({ sessions, policy, steadyClock }: Tools) {
  return async (answered: Answered): Promise<Opened<Verified> | undefined> => {
    const { ctx, challenge, user } = answered
    if (user.factors_version !== challenge.factors_version) return undefined
    const session = await findLive(ctx, sessions, challenge)
    if (challenge.session_id !== null && !session) return undefined
    const { writes, answer } = openVerified(answered)

    if (challenge.action === null) {
      if (!session) return undefined
      const raised = sessions.raise(ctx, session)
      return {
        writes: [...writes, raised.write],
        answer: { ...answer, session_token: raised.mfaToken },
        after: () => sessions.forget(session.id),
      }
    }
    const grant = randomToken('grt_', ctx)
    const write = giveGrant({ id: challenge.id, grant_hash: sha256(grant), grant_steady_at: steadyClock(ctx.now) })
    const expiresAt = ctx.now.getTime() + policy.stepUpSeconds * secondMs
    return {
      writes: [...writes, write],
      answer: { ...answer, grant, grant_expires_at: new Date(expiresAt).toISOString() },
    }
  }
}

async function findLive(ctx: Context, sessions: Sessions, { session_id: id }: ChallengeRow) {
  const session = id === null ? undefined : await sessions.find(ctx, id)
  return session?.ended_at === null && session.expires_at > ctx.now.getTime() ? session : undefined
}
