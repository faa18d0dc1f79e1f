import { operationsOf } from '@gatehouse/contract/administration'
import type { getAdministrator as Contract } from '@gatehouse/contract/administrator-operations'
import type { Output } from '@gatehouse/contract/operation'
import { actingAdministrator, type Context } from '../context.ts'
import { showSession } from '../sessions/list-sessions.ts'
import { getAdministrator } from './list-administrators.ts'

/** Who calls, in which session, and what they may do. */
export async function getMyself(ctx: Context): Promise<Output<typeof Contract>> {
  const { session, role } = actingAdministrator(ctx)
  const administrator = await getAdministrator(ctx, session.user_id)
  return { administrator, session: showSession(session), operations: [...operationsOf(role)] }
}

/** What a new proof in the session of whoever calls is asked by. */
export function aboutMyself(ctx: Context) {
  const { session } = actingAdministrator(ctx)
  return { id: session.user_id, purpose: 'step_up', session_id: session.id } as const
}
