import { Action } from '@gatehouse/contract/action'
import type { Challenge } from '@gatehouse/contract/resources'
import { type FactorRow, isMailCheck, listAskable } from '../factors/list-factors.ts'
import { offerFactor } from '../factors/stored-factor.ts'
import type { ChallengeRow } from './challenge.store.ts'

/** A challenge as the API shows it, whatever it is for. `factors` are the active ones of its user. */
export function showChallenge(row: ChallengeRow, factors: readonly FactorRow[], now: Date): Challenge {
  const state = stateOf(row, now)
  return {
    id: row.id,
    purpose: row.purpose,
    action: readAction(row),
    session_id: row.session_id,
    state,
    expires_at: new Date(row.expires_at).toISOString(),
    factors:
      state === 'pending'
        ? listAskable(factors, now)
            .filter((factor) => takes(row, factor))
            .map(offerFactor)
        : [],
  }
}

/** What the application said that it is about to do. */
export function readAction({ action }: Pick<ChallengeRow, 'action'>): Action | null {
  return action === null ? null : Action.parse(JSON.parse(action))
}

/** Whether the challenge may be answered with this factor. */
export function takes(
  row: Pick<ChallengeRow, 'factor_types' | 'purpose'>,
  factor: Pick<FactorRow, 'type' | 'confirmed_at' | 'expires_at'>,
): boolean {
  // What stands in for a factor is good for signing in, and for nothing that demands one.
  if (row.purpose !== 'sign_in' && isMailCheck(factor)) return false
  return row.factor_types === null || (JSON.parse(row.factor_types) as string[]).includes(factor.type)
}

function stateOf(row: ChallengeRow, now: Date): Challenge['state'] {
  if (row.answered_by !== null) return 'answered'
  if (row.spent_at !== null) return 'spent'
  if (row.expires_at <= now.getTime()) return 'expired'
  return row.approved_by === null ? 'pending' : 'approved'
}
