import type { issueAdministratorLink as Contract } from '@gatehouse/contract/administrator-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import { type Context, commit } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { consoleClientId } from '../kernel/tenants.ts'
import { record } from '../log/record.ts'
import { eraseMailTokens } from '../mail-tokens/mail-tokens.ts'
import { resetTokens } from '../password-reset/reset-tokens.ts'
import type { Write } from '../storage/write.ts'
import { type UserRow, userAsRead } from '../users/get-user.ts'
import { getAdministratorRow } from './find-standing.ts'
import { refuseSelf } from './spare-owner.ts'

export interface LinkTools {
  readonly policy: Policy
  readonly publicUrl: string
}

interface NewLink {
  readonly shown: { readonly link: string; readonly expires_at: string }
  readonly writes: readonly Write[]
}

/** A link to the page that sets a password, good once and for a short time. The ones before it die. */
export function newLink(
  ctx: Context,
  { policy, publicUrl }: LinkTools,
  { id, version }: Pick<UserRow, 'id' | 'version'>,
): NewLink {
  const expiresAt = new Date(ctx.now.getTime() + policy.passwordResetSeconds * secondMs)
  const about = { user_version: version }
  const { token, write } = resetTokens.create(ctx, { subject: id, clientId: consoleClientId, about, expiresAt })
  return {
    // Behind the #, so that it stands in no log of a server or proxy.
    shown: { link: `${publicUrl}/password/reset#${token}`, expires_at: expiresAt.toISOString() },
    writes: [eraseMailTokens(ctx, id), write],
  }
}

/** Another link for an administrator who has not used theirs, or has forgotten their password. */
export function issueAdministratorLink(tools: LinkTools) {
  return async (ctx: Context, { id, reason }: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    refuseSelf(ctx, id)
    const row = await getAdministratorRow(ctx, id)
    const { shown, writes } = newLink(ctx, tools, row)
    const event = record(ctx, { type: 'administrator.link_issued', userId: id, data: { reason } })
    const committed = await commit(ctx, [userAsRead(row), ...writes, event])
    if (!committed.done) throw new Fault('version_conflict')
    return shown
  }
}
