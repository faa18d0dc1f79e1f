import type * as api from '@gatehouse/contract/me-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import { actingSession, type Context, commit } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import { showSession } from '../sessions/list-sessions.ts'
import { renameUser } from '../users/change-user.ts'
import { getAccount } from '../users/get-account.ts'
import { getUser, getUserRow } from '../users/get-user.ts'

/** Who calls, and in which session. */
export function getMe(tools: { readonly rules: Rules }) {
  return async (ctx: Context): Promise<Output<typeof api.getMe>> => {
    const session = actingSession(ctx)
    return { user: await getAccount(tools)(ctx, { id: session.user_id }), session: showSession(session) }
  }
}

/** What its owner is called. */
export async function changeMyName(
  ctx: Context,
  { name }: Parsed<typeof api.changeMyName>,
): Promise<Output<typeof api.changeMyName>> {
  const user = await getUserRow(ctx, actingSession(ctx).user_id)
  const committed = await commit(ctx, [
    renameUser(ctx, user, name),
    record(ctx, { type: 'user.updated', userId: user.id, data: { fields: 'name' } }),
  ])
  if (!committed.done) throw new Fault('version_conflict')
  return getUser(ctx, { id: user.id })
}
