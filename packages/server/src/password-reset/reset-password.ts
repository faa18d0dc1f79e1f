import type { resetPassword as Contract } from '@gatehouse/contract/account-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import { type Context, commit, settle } from '../context.ts'
import { findLock, loginTally } from '../guard/count-attempt.ts'
import { refuseLocked } from '../guard/refuse-locked.ts'
import type { UserId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { markVerified } from '../users/change-user.ts'
import { findUserById } from '../users/find-user-by-id.ts'
import { forgiveSignIns } from '../users/forgive-sign-ins.ts'
import { resetTokens } from './reset-tokens.ts'

interface Tools {
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly policy: Policy
}

type Given = Pick<Parsed<typeof Contract>, 'token' | 'new_password'>
type Token = Awaited<ReturnType<typeof resetTokens.find>>

/**
 * A new password for who reads the mail of the account. It signs nobody in and proves no second factor: the next sign-in
 * asks for one as ever, and for another one than mail.
 */
export function resetPassword(tools: Tools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> =>
    setNew(ctx, tools, await resetTokens.findOwn(ctx, input.token), input)
}

/** The same on the page of the server: the token itself says for whom. */
export function resetOnPage(tools: Tools) {
  return async (ctx: Context, input: Given): Promise<Output<typeof Contract>> => {
    const answer = await setNew(ctx, tools, await resetTokens.find(ctx, input.token), input)
    await settle(ctx)
    return answer
  }
}

async function setNew(
  visit: Context,
  { passwords, sessions, policy }: Tools,
  token: Token,
  { new_password }: Given,
): Promise<Output<typeof Contract>> {
  if (!token) return refuseToken(visit)
  const ctx = { ...visit, tenantId: token.tenantId }
  const user = await findUserById(ctx, token.subject as UserId)
  // Another address, password or role since, or disabled: what was sent for the user of then is over.
  if (user?.version !== token.about.user_version || user.disabled_at !== null) return refuseToken(visit)
  const name = user.email_key ?? user.id
  // While the name is locked nobody comes in; what only a person can lift, this lifts (NIST SP 800-63B-4, section 3.2.2).
  const lock = await findLock(ctx, loginTally(ctx, name, undefined), policy)
  if (lock && !lock.isHard) return refuseLocked(ctx, lock, { type: 'password.reset_failed', userId: user.id })
  const newPassword = await passwords.set(ctx, { ...user, isByMail: true }, new_password)
  await forgiveSignIns(ctx, user)
  const committed = await commit(ctx, [
    ...token.spend,
    // Fails when the user has changed since they were read.
    markVerified(ctx, user),
    ...newPassword,
    ...sessions.endAllOf(ctx, user.id, 'password_changed'),
    record(ctx, { type: 'password.reset', userId: user.id }),
  ])
  if (!committed.done) return refuseToken(ctx)
  sessions.forgetAll()
  return {}
}

function refuseToken(ctx: Context): Promise<never> {
  return refuse(ctx, 'mail_token_invalid', { event: { type: 'password.reset_failed', data: { reason: 'token' } } })
}
