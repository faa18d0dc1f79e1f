import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { requestRecovery as Contract, RecoveryRequest } from '@gatehouse/contract/recovery-operations'
import { type Context, callingClient, commit } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { newId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import type { Channels } from '../messages/channel.ts'
import { demandChannel } from '../messages/demand-channel.ts'
import { isSetByMail } from '../passwords/trust-password.ts'
import { getOpenSignIn } from '../sign-in/get-open-sign-in.ts'
import { userAsRead } from '../users/get-user.ts'
import { findOpenRequest, insertRequest, type RequestRow } from './recovery-request.store.ts'
import { type TellTools, tellOfRequest } from './tell-of-request.ts'

interface Tools extends TellTools {
  readonly policy: Policy
  readonly channels: Channels
}

/**
 * The last way back in, for who has proven the password and has nothing else: a waiting time, in which whoever reads the
 * mail of the account can say no. Without the password there is no challenge to ask with, so nobody learns who exists.
 */
export function requestRecovery({ policy, channels, ...tell }: Tools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    demandChannel(channels, 'email')
    for (;;) {
      const user = await getOpenSignIn(ctx, input.id)
      // The same mailbox would set the password and open the way back in.
      if (await isSetByMail(ctx, user.id)) throw new Fault('recovery_unavailable')
      const open = await findOpenRequest(ctx.db, ctx.tenantId, user.id)
      if (open) return showRequest(open)
      const createdAt = ctx.now.getTime()
      const waitMs = policy.recoveryWaitSeconds * secondMs
      const row: RequestRow = {
        id: newId('rec', ctx),
        tenant_id: ctx.tenantId,
        user_id: user.id,
        client_id: callingClient(ctx).id,
        created_at: createdAt,
        ready_at: createdAt + waitMs,
        // People are told again when a quarter of the time is left.
        due_at: createdAt + Math.floor((waitMs * 3) / 4),
        ended_at: null,
        end_reason: null,
      }
      const committed = await commit(ctx, [
        userAsRead(user),
        insertRequest(row),
        record(ctx, {
          type: 'recovery.requested',
          userId: user.id,
          data: { request_id: row.id, ends: new Date(row.ready_at).toISOString() },
        }),
        ...(await tellOfRequest(ctx, tell, user, row)),
      ])
      if (committed.done) return showRequest(row)
    }
  }
}

/** @throws Fault `not_found` */
export function shownRequest(row: RequestRow | undefined): RecoveryRequest {
  if (!row) throw new Fault('not_found')
  return showRequest(row)
}

function showRequest(row: RequestRow): RecoveryRequest {
  return {
    id: row.id,
    user_id: row.user_id,
    state: row.end_reason ?? 'waiting',
    created_at: new Date(row.created_at).toISOString(),
    ready_at: new Date(row.ready_at).toISOString(),
    ended_at: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
  }
}
