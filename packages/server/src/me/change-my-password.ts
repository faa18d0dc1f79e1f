import type { changeMyPassword as Contract } from '@gatehouse/contract/me-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import { actingSession, type Context, commit } from '../context.ts'
import { countPassword, forgetTally, judgeCounted, loginTally, settlePassword } from '../guard/count-attempt.ts'
import { refuseLocked } from '../guard/refuse-locked.ts'
import { refuse } from '../log/refuse.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { touchUser } from '../users/change-user.ts'
import { getUserRow } from '../users/get-user.ts'

interface Tools {
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly policy: Policy
}

/**
 * A new password for who knows the old one. Wrong ones count like those of a sign-in: a stolen token is no way to guess. All
 * sessions but this one end.
 */
export function changeMyPassword({ passwords, sessions, policy }: Tools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const session = actingSession(ctx)
    for (;;) {
      const user = await getUserRow(ctx, session.user_id)
      const tally = loginTally(ctx, user.email_key ?? user.id, session.id)
      const attempt = await countPassword(ctx, tally, policy)
      const event = { type: 'login.failed', userId: user.id, sessionId: session.id } as const
      if (!attempt.allowed) return refuseLocked(ctx, attempt, event)
      const checked = await judgeCounted(ctx, tally, () => passwords.check(ctx, user.id, input.current_password))
      if (!checked.matches) {
        await settlePassword(ctx, tally)
        return refuse(ctx, 'invalid_credentials', { event: { ...event, data: { reason: 'wrong_password' } } })
      }
      await forgetTally(ctx, tally)
      const committed = await commit(ctx, [
        // Whoever stands between the old password and a second factor begins anew.
        touchUser(ctx, user),
        ...(await passwords.set(ctx, user, input.new_password)),
        ...sessions.endAllOf(ctx, user.id, 'password_changed', { kept: session.id }),
      ])
      if (!committed.done) continue
      sessions.forgetAll()
      return {}
    }
  }
}
