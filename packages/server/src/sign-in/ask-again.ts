import { type Method, methods } from '@gatehouse/contract/methods'
import type { Policy } from '@gatehouse/contract/policy'
import type { Challenge } from '@gatehouse/contract/resources'
import { type Context, commit } from '../context.ts'
import { listActiveFactors, listAskable } from '../factors/list-factors.ts'
import type { SessionId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { findClientsSession, type Sessions } from '../sessions/sessions.ts'
import { getUserRow, userAsRead } from '../users/get-user.ts'
import { insertChallenge } from './challenge.store.ts'
import { newChallenge, secondFactorTypes } from './new-challenge.ts'
import { showChallenge, takes } from './show-challenge.ts'

/**
 * A sign-in for somebody who is signed in already: what they know counts as known, and a factor is asked for anew. It ends in
 * a new session like any other (OWASP ASVS 5.0, 7.2.4). Undefined for who has no factor, or no live session of this client.
 */
export function askAgain({ policy, sessions }: { readonly policy: Policy; readonly sessions: Sessions }) {
  return async (ctx: Context, sessionId: SessionId): Promise<Challenge | undefined> => {
    for (;;) {
      const session = await findClientsSession(ctx, sessions, sessionId)
      if (!session || session.acr === 'recovery') return undefined
      const user = await getUserRow(ctx, session.user_id)
      const factors = await listActiveFactors(ctx, user.id)
      const row = newChallenge(ctx, policy, user, { purpose: 'sign_in', ...listKnown(JSON.parse(session.amr)) })
      if (!listAskable(factors, ctx.now).some((factor) => takes(row, factor))) return undefined
      const committed = await commit(ctx, [
        userAsRead(user),
        insertChallenge(row),
        record(ctx, {
          type: 'login.challenged',
          userId: user.id,
          sessionId: session.id,
          data: { challenge_id: row.id, reason: 'step_up' },
        }),
      ])
      if (committed.done) return showChallenge(row, factors, ctx.now)
    }
  }
}

/**
 * What counts of an older proof: what was known. Who came in by a key alone knew nothing but how to unlock it, so a key is to be
 * shown again: with a code in its place the new session would say that the key was there.
 */
function listKnown(amr: readonly string[]) {
  const proven = amr.filter((name): name is Method => Object.hasOwn(methods, name))
  const known = proven.filter((method) => methods[method] === 'knows')
  if (known.length > 0) return { proven: known, factorTypes: secondFactorTypes }
  return { proven: proven.filter((method) => method === 'user'), factorTypes: ['webauthn'] as const }
}
