import type { Method } from '@gatehouse/contract/methods'
import type { Authenticated } from '@gatehouse/contract/resources'
import { type Context, callingClient, commit } from '../context.ts'
import { listActiveFactors } from '../factors/list-factors.ts'
import { type FactorReader, openFactor } from '../factors/stored-factor.ts'
import { isTwoFactor } from '../kernel/assurance.ts'
import { Fault } from '../kernel/fault.ts'
import type { FactorId, SessionId } from '../kernel/ids.ts'
import { findClientsSession, type Sessions } from '../sessions/sessions.ts'
import { getUserRow, userAsRead } from '../users/get-user.ts'
import { showUser } from '../users/show-user.ts'
import { nextStep, usual } from './next-step.ts'
import { showAuthenticated } from './show-authenticated.ts'

interface Tools extends FactorReader {
  readonly sessions: Sessions
}

interface Enrolled {
  /** In which the factor was set up: by who has proven what they know and had no factor, or has come by a way back in. */
  readonly sessionId: SessionId
  /** Proven in it for the first time. */
  readonly factorId: FactorId
}

/**
 * What the first proof of a factor opens, together with what was proven before it: a session in place of the one in which it
 * was set up. The same as signing in again with both, without another code.
 * @throws Fault `challenge_expired`
 */
export function openEnrolled({ sessions, ...reader }: Tools) {
  return async (ctx: Context, { sessionId, factorId }: Enrolled): Promise<Authenticated> => {
    for (;;) {
      const before = await findClientsSession(ctx, sessions, sessionId)
      if (!before) throw new Fault('challenge_expired')
      const user = await getUserRow(ctx, before.user_id)
      const factors = await listActiveFactors(ctx, user.id)
      const factor = factors.find(({ id }) => id === factorId)
      if (!factor || (factor.confirmed_at ?? 0) < before.created_at) throw new Fault('challenge_expired')
      const proven = [...(JSON.parse(before.amr) as Method[]), ...openFactor(reader, factor).kind.proves]
      const step = nextStep(proven, { isDisabled: user.disabled_at !== null, factors, needsMfa: true, ...usual })
      if (step.status !== 'authenticated' || !isTwoFactor(step.acr)) throw new Fault('challenge_expired')
      const session = sessions.open(ctx, callingClient(ctx), {
        user: showUser(user),
        amr: [...new Set([...proven, 'mfa'])],
        acr: step.acr,
      })
      const committed = await commit(ctx, [
        userAsRead(user),
        ...sessions.end(ctx, before, 'replaced'),
        ...session.writes,
      ])
      sessions.forget(before.id)
      if (committed.done) return showAuthenticated(session, showUser(user))
      if (committed.failed === 'session ended') throw new Fault('challenge_expired')
    }
  }
}
