import type { Policy } from '@gatehouse/contract/policy'
import { type Context, hit } from '../context.ts'
import { dayMs, minuteMs } from '../kernel/durations.ts'

/** A mailbox is not filled by whoever asks; what was sent before stays good. `name` says for what, and whose it is. */
export async function mayMail(ctx: Context, name: string, policy: Policy): Promise<boolean> {
  const windows = [
    { limit: policy.codeSendsPerTenMinutes, windowMs: 10 * minuteMs },
    { limit: policy.codeSendsPerDay, windowMs: dayMs },
  ]
  for (const window of windows) {
    if (!(await hit(ctx, `mail ${window.windowMs} ${ctx.tenantId} ${name}`, window)).allowed) return false
  }
  return true
}
