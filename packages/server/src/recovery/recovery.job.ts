import type { Policy } from '@gatehouse/contract/policy'
import { type Context, commit } from '../context.ts'
import { newAccessPass } from '../factors/issue-access-pass.ts'
import { isReal, listActiveFactors } from '../factors/list-factors.ts'
import type { Job } from '../jobs/job.ts'
import { minuteMs, secondMs } from '../kernel/durations.ts'
import { sendMessage } from '../messages/send-message.ts'
import { findUserById } from '../users/find-user-by-id.ts'
import { endOf } from './cancel-recovery.ts'
import { listDueRequests, noteReminder, type RequestRow } from './recovery-request.store.ts'
import { type TellTools, tellOfRequest } from './tell-of-request.ts'

interface Tools extends TellTools {
  readonly policy: Policy
}

const batch = 50

/**
 * Tells people again of a request that waits, and gives a pass at its end, by mail. Whoever has proven a factor meanwhile
 * has not lost them all: their request ends for nothing.
 */
export function recoveryJob(tools: Tools): Job {
  return {
    name: 'recovery requests',
    everyMs: minuteMs,
    async run(ctx) {
      const rows = await listDueRequests(ctx.db, ctx.now.getTime(), batch)
      for (const row of rows) await goOn({ ...ctx, tenantId: row.tenant_id }, tools, row)
      return rows.length < batch ? 'done' : 'again'
    },
  }
}

async function goOn(ctx: Context, { keys, policy, ...tell }: Tools, row: RequestRow): Promise<void> {
  const user = await findUserById(ctx, row.user_id)
  if (!user) return
  const factors = (await listActiveFactors(ctx, user.id)).filter(isReal)
  const isOvertaken = factors.length === 0 || factors.some(({ last_used_at }) => (last_used_at ?? 0) >= row.created_at)
  if (user.disabled_at !== null || user.email === null || isOvertaken) {
    await commit(ctx, endOf(ctx, row, 'overtaken'))
    return
  }
  if (row.ready_at > ctx.now.getTime()) {
    await commit(ctx, [noteReminder(row), ...(await tellOfRequest(ctx, { keys, ...tell }, user, row))])
    return
  }
  const lifeMs = policy.recoveryPassSeconds * secondMs
  const pass = await newAccessPass(ctx, keys, user, { lifeMs, reason: `recovery request ${row.id}` })
  const notAfter = new Date(ctx.now.getTime() + lifeMs)
  await commit(ctx, [
    ...pass.writes,
    ...endOf(ctx, row, 'granted'),
    ...sendMessage(ctx, keys, {
      kind: 'access_pass',
      values: { code: pass.code, ends: notAfter.toISOString() },
      channel: 'email',
      to: user.email,
      notAfter,
      userId: user.id,
    }),
  ])
}
