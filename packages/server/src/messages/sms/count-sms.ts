import type { Policy } from '@gatehouse/contract/policy'
import { type Context, hit } from '../../context.ts'
import { dayMs, hourMs, secondMs } from '../../kernel/durations.ts'
import { Fault } from '../../kernel/fault.ts'
import type { UserId } from '../../kernel/ids.ts'
import { isServed } from './served-number.ts'

/** A block of this many digits is what fraudsters rent: ten thousand numbers that differ in the last four. */
const blockDigits = 4

/**
 * Counts an SMS before it is sent, against those who let servers write to numbers that pay them: by the block of numbers
 * and by the account. What one number may get is counted where codes are asked for.
 * @throws Fault `country_not_served`, `too_many_attempts`
 */
export async function countSms(
  ctx: Context,
  { policy, countries }: { readonly policy: Policy; readonly countries: readonly string[] },
  { to, userId }: { readonly to: string; readonly userId: UserId },
): Promise<void> {
  if (!(await isServed(to, countries))) throw new Fault('country_not_served')
  const windows = [
    [`sms block ${ctx.tenantId} ${to.slice(0, -blockDigits)}`, { limit: policy.smsPerBlockPerHour, windowMs: hourMs }],
    [`sms account ${ctx.tenantId} ${userId}`, { limit: policy.smsPerAccountPerDay, windowMs: dayMs }],
    [`sms tenant ${ctx.tenantId}`, { limit: policy.smsPerHour, windowMs: hourMs }],
  ] as const
  for (const [key, window] of windows) {
    const verdict = await hit(ctx, key, window)
    if (!verdict.allowed) {
      throw new Fault('too_many_attempts', { retryAfterSeconds: Math.ceil(verdict.retryAfterMs / secondMs) })
    }
  }
}
