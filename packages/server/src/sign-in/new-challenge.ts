import { type Action, canonicalAction } from '@gatehouse/contract/action'
import type { Method } from '@gatehouse/contract/methods'
import type { Policy } from '@gatehouse/contract/policy'
import { EnrollableType } from '@gatehouse/contract/resources'
import { type Context, callingClient } from '../context.ts'
import { recoveryCodes } from '../factors/recovery-codes/recovery-codes.ts'
import { secondMs } from '../kernel/durations.ts'
import { newId, type SessionId } from '../kernel/ids.ts'
import type { UserRow } from '../users/get-user.ts'
import type { ChallengeRow } from './challenge.store.ts'

/** What can be asked for. A way back in is no second factor. */
export const secondFactorTypes = EnrollableType.options.filter((type) => type !== recoveryCodes.type)

interface Wanted extends Pick<ChallengeRow, 'purpose'> {
  readonly action?: Action | undefined
  readonly sessionId?: SessionId | undefined
  readonly factorTypes?: readonly string[]
  /** What is proven already. */
  readonly proven: readonly Method[]
}

/** A challenge to a user as they are now, for the client that calls. */
export function newChallenge(ctx: Context, policy: Policy, user: UserRow, wanted: Wanted): ChallengeRow {
  const createdAt = ctx.now.getTime()
  return {
    id: newId('chl', ctx),
    tenant_id: ctx.tenantId,
    client_id: callingClient(ctx).id,
    user_id: user.id,
    purpose: wanted.purpose,
    action: wanted.action ? canonicalAction(wanted.action) : null,
    session_id: wanted.sessionId ?? null,
    factor_types: wanted.factorTypes ? JSON.stringify(wanted.factorTypes) : null,
    user_version: user.version,
    factors_version: user.factors_version,
    amr: JSON.stringify(wanted.proven),
    created_at: createdAt,
    expires_at: createdAt + policy.challengeSeconds * secondMs,
    spent_at: null,
    approved_by: null,
    answered_by: null,
    grant_hash: null,
    grant_steady_at: null,
    grant_spent_at: null,
  }
}
