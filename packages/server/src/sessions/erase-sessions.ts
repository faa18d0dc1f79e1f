import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { keepEndings } from './ending.store.ts'
import { deleteSessionsOfUser } from './session.store.ts'

/** Every session of a user, for good. `forgetAll` of the sessions after the commit. */
export function eraseSessions(ctx: Context, userId: UserId): readonly Write[] {
  const whose = { user_id: userId, tenant_id: ctx.tenantId }
  return [keepEndings({ ...whose, ended_at: ctx.now.getTime() }), deleteSessionsOfUser(whose)]
}
