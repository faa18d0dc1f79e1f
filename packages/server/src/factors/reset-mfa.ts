import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { resetMfa as Contract } from '@gatehouse/contract/recovery-operations'
import { type Context, commit } from '../context.ts'
import { forgetTally, mfaTally } from '../guard/count-attempt.ts'
import { record } from '../log/record.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Write } from '../storage/write.ts'
import { factorsAsRead, getUserRow } from '../users/get-user.ts'
import { type DropTools, dropFactors } from './drop-factors.ts'
import { listFactorRows } from './factor.store.ts'

interface Tools extends DropTools {
  readonly sessions: Sessions
}

/** What else must hold, read anew for each try. */
type Alongside = () => Promise<readonly Write[]>

/**
 * Takes every factor from a person who has lost theirs, and ends their sessions. Whoever knows the password then sets up
 * the first one anew, so where that is not enough a pass is given after it: it is asked for beside the password.
 */
export function resetMfa({ sessions, ...tools }: Tools) {
  return async (
    ctx: Context,
    { id, reason }: Pick<Parsed<typeof Contract>, 'id' | 'reason'>,
    alongside: Alongside = async () => [],
  ): Promise<Output<typeof Contract>> => {
    for (;;) {
      const user = await getUserRow(ctx, id)
      const rows = await listFactorRows(ctx.db, ctx.tenantId, id)
      const active = rows.filter(({ confirmed_at }) => confirmed_at !== null)
      const committed = await commit(ctx, [
        ...(await alongside()),
        factorsAsRead(user),
        ...(await dropFactors(ctx, tools, rows)),
        record(ctx, {
          type: 'user.mfa_reset',
          userId: id,
          data: { reason, factors: active.map(({ type }) => type).join(' ') },
        }),
        ...sessions.endAllOf(ctx, id, 'mfa_reset', { note: reason }),
      ])
      if (!committed.done) continue
      sessions.forgetAll()
      await forgetTally(ctx, mfaTally(ctx, id))
      return {}
    }
  }
}
