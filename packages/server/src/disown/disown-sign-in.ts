import type { disownSignIn as Contract } from '@gatehouse/contract/disown-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import { type Context, commit } from '../context.ts'
import { eraseDevices } from '../devices/erase-devices.ts'
import { Fault } from '../kernel/fault.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import { erasePassword } from '../passwords/erase-password.ts'
import { findPasswordChange } from '../passwords/find-password-change.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { renameUser } from '../users/change-user.ts'
import { findUserById } from '../users/find-user-by-id.ts'
import { readDisownToken } from './disown-token.ts'

export interface DisownTools {
  readonly keys: Keyring
  readonly sessions: Sessions
}

/**
 * Whoever reads the mail of the account says that a sign-in was not theirs: everybody is out, no device is known any more,
 * what had begun is over, and the password, which somebody else knows, is good for nothing.
 */
export function disownSignIn(tools: DisownTools) {
  return async (ctx: Context, { token }: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    if (!(await disownByLink(ctx, tools, token, ctx.tenantId))) throw new Fault('token_invalid')
    return {}
  }
}

/** The same by the page. False when the link is not ours, not of this tenant, or has been overtaken by a new password. */
export async function disownByLink(
  by: Context,
  { keys, sessions }: DisownTools,
  token: string,
  onlyOf?: Context['tenantId'],
): Promise<boolean> {
  const told = readDisownToken(keys, token, by.now)
  if (!told || (onlyOf !== undefined && told.tenantId !== onlyOf)) return false
  const ctx = { ...by, tenantId: told.tenantId }
  for (;;) {
    const user = await findUserById(ctx, told.userId)
    if (!user) return false
    const changedAt = await findPasswordChange(ctx, user.id)
    // A link is good for the password of its day, and not for the one after.
    if (changedAt === undefined || changedAt > told.at) return false
    const { done } = await commit(ctx, [
      // A new version of the user: whatever challenge is open is over.
      renameUser(ctx, user, user.name),
      erasePassword(ctx, user.id),
      eraseDevices(ctx, user.id),
      ...sessions.endAllOf(ctx, user.id, 'disowned'),
      record(ctx, {
        type: 'sign_in.disowned',
        userId: user.id,
        data: { signed_in_at: new Date(told.at).toISOString() },
      }),
    ])
    if (!done) continue
    sessions.forgetAll()
    return true
  }
}
