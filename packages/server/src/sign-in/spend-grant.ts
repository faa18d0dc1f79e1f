import { type Action, canonicalAction } from '@gatehouse/contract/action'
import type { Policy } from '@gatehouse/contract/policy'
import { type Bearer, type Context, callingClient, commit } from '../context.ts'
import { hmacSha256 } from '../crypto/hmac-sha256.ts'
import { sha256 } from '../crypto/sha256.ts'
import { secondMs } from '../kernel/durations.ts'
import type { SteadyClock } from '../kernel/steady-clock.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import { getUserRow, userAsRead } from '../users/get-user.ts'
import { type ChallengeRow, findGrant, spendGrant as spend } from './challenge.store.ts'

/** What somebody brings to have an action done. */
interface Shown {
  readonly grant: string
  readonly action: Action
  /** The session in which it is to happen. It is alive. */
  readonly session: Bearer['session']
}

interface Approval {
  readonly challenge_id: ChallengeRow['id']
  readonly action: Action
  readonly approved_at: string
}

interface Tools {
  readonly policy: Policy
  readonly steadyClock: SteadyClock
}

/**
 * Uses up a grant. It must be for this very action, client, user and session, not older than it may be on two clocks, and
 * nothing of the user may have changed since; of all who come with it one gets the approval.
 * @throws Fault `grant_invalid`, whatever is wrong with it; the record says what
 */
export function spendGrant({ policy, steadyClock }: Tools) {
  return async (ctx: Context, { grant, action, session }: Shown): Promise<Approval> => {
    const about = { userId: session.user_id, sessionId: session.id }
    const reject = (reason: string, challengeId: string | null = null) =>
      refuse(ctx, 'grant_invalid', {
        stepUp: { maxAgeSeconds: policy.stepUpSeconds },
        event: { type: 'grant.rejected', ...about, data: { reason, action: action.type, challenge_id: challengeId } },
      })

    const challenge = await findGrant(ctx.db, ctx.tenantId, sha256(grant))
    if (!challenge) return reject('unknown')
    const wrong = findFlaw(challenge)
    if (wrong !== undefined) return reject(wrong, challenge.id)
    const user = await getUserRow(ctx, challenge.user_id)
    if (user.version !== challenge.user_version || user.factors_version !== challenge.factors_version) {
      return reject('user_changed', challenge.id)
    }
    const data = { challenge_id: challenge.id, action: action.type, approval: sealApproval(grant, action) }
    const committed = await commit(ctx, [
      userAsRead(user),
      spend({ id: challenge.id, grant_spent_at: ctx.now.getTime() }),
      record(ctx, { type: 'grant.spent', ...about, data }),
    ])
    if (!committed.done) return reject(committed.failed === 'grant spent' ? 'spent' : 'user_changed', challenge.id)
    return { challenge_id: challenge.id, action, approved_at: new Date(challenge.spent_at ?? 0).toISOString() }

    function findFlaw(row: ChallengeRow): string | undefined {
      if (row.client_id !== callingClient(ctx).id) return 'other_client'
      if (row.user_id !== session.user_id) return 'other_user'
      if (row.session_id !== null && row.session_id !== session.id) return 'other_session'
      if (row.grant_spent_at !== null) return 'spent'
      if (row.action !== canonicalAction(action)) return 'other_action'
      const ages = [ctx.now.getTime() - (row.spent_at ?? 0), steadyClock(ctx.now) - (row.grant_steady_at ?? 0)]
      // A grant of the future was given before the clock was set back.
      const isGood = ages.every((age) => age < policy.stepUpSeconds * secondMs) && (ages[0] ?? -1) >= 0
      return isGood ? undefined : 'expired'
    }
  }
}

/** For the record. Who keeps the grant can show later what was approved; who has the record alone learns nothing of it. */
function sealApproval(grant: string, action: Action): string {
  return hmacSha256(Buffer.from(grant))(canonicalAction(action)).toString('base64url')
}
