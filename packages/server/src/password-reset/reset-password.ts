import type { resetPassword as Contract } from '@gatehouse/contract/account-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import { type Context, commit, settle } from '../context.ts'
import { sha256 } from '../crypto/sha256.ts'
import { findLock, loginTally } from '../guard/count-attempt.ts'
import { refuseLocked } from '../guard/refuse-locked.ts'
import type { ClientId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { markVerified } from '../users/change-user.ts'
import { findUserById } from '../users/find-user-by-id.ts'
import { forgiveSignIns } from '../users/forgive-sign-ins.ts'
import type { UserRow } from '../users/get-user.ts'
import { deleteResetTokensOfUser, findResetToken, type ResetTokenRow, spendResetToken } from './reset-token.store.ts'

interface Tools {
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly policy: Policy
}

type Given = Pick<Parsed<typeof Contract>, 'token' | 'new_password'>

const form = /^prt_[0-9A-Za-z]{49}$/

/** A token that is good now, and whose it is. Undefined for all else: nobody learns what is wrong with one. */
async function findReset(ctx: Context, token: string): Promise<{ row: ResetTokenRow; user: UserRow } | undefined> {
  const row = form.test(token) ? await findResetToken(ctx.db, sha256(token)) : undefined
  if (!row || row.expires_at <= ctx.now.getTime()) return undefined
  const user = await findUserById({ ...ctx, tenantId: row.tenant_id }, row.user_id)
  // Another address, password or role since, or disabled: what was sent for the user of then is over.
  return user?.version === row.user_version && user.disabled_at === null ? { row, user } : undefined
}

/**
 * A new password for who reads the mail of the account. It signs nobody in and proves no second factor: the next sign-in
 * asks for one as ever, and for another one than mail.
 */
export function resetPassword(tools: Tools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const found = await findReset(ctx, input.token)
    // What an application has asked for is for its people alone.
    const isTheirs = found?.row.tenant_id === ctx.tenantId && isFor(ctx, found.row.client_id)
    if (!found || !isTheirs) return refuseToken(ctx)
    return setNew(ctx, tools, found, input)
  }
}

/** The same on the page of the server: the token itself says for whom. */
export function resetOnPage(tools: Tools) {
  return async (ctx: Context, input: Given): Promise<Output<typeof Contract>> => {
    const found = await findReset(ctx, input.token)
    if (!found) return refuseToken(ctx)
    const answer = await setNew({ ...ctx, tenantId: found.row.tenant_id }, tools, found, input)
    await settle(ctx)
    return answer
  }
}

function isFor({ actor }: Context, clientId: ClientId): boolean {
  return actor.kind === 'client' && actor.client.id === clientId
}

function refuseToken(ctx: Context): Promise<never> {
  return refuse(ctx, 'mail_token_invalid', { event: { type: 'password.reset_failed', data: { reason: 'token' } } })
}

async function setNew(
  ctx: Context,
  { passwords, sessions, policy }: Tools,
  { row, user }: { readonly row: ResetTokenRow; readonly user: UserRow },
  { new_password }: Given,
): Promise<Output<typeof Contract>> {
  const name = user.email_key ?? user.id
  // While the name is locked nobody comes in; what only a person can lift, this lifts (NIST SP 800-63B-4, section 3.2.2).
  const lock = await findLock(ctx, loginTally(ctx, name, undefined), policy)
  if (lock && !lock.isHard) return refuseLocked(ctx, lock, { type: 'password.reset_failed', userId: user.id })
  const newPassword = await passwords.set(ctx, { ...user, isByMail: true }, new_password)
  await forgiveSignIns(ctx, user)
  const committed = await commit(ctx, [
    spendResetToken({ token_hash: row.token_hash }),
    // Fails when the user has changed since they were read.
    markVerified(ctx, user),
    ...newPassword,
    deleteResetTokensOfUser({ user_id: user.id, tenant_id: ctx.tenantId }),
    ...sessions.endAllOf(ctx, user.id, 'password_changed'),
    record(ctx, { type: 'password.reset', userId: user.id }),
  ])
  if (!committed.done) return refuseToken(ctx)
  sessions.forgetAll()
  return {}
}
