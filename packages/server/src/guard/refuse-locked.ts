import type { Context } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import type { NewEvent } from '../log/new-event.ts'
import { refuse } from '../log/refuse.ts'
import type { Locked } from './login-attempts.ts'

/** Too many attempts: whatever is shown, right or wrong, it has to wait. */
export function refuseLocked(ctx: Context, { retryAfterMs, monthIsFull }: Locked, event: NewEvent): Promise<never> {
  return refuse(ctx, 'too_many_attempts', {
    retryAfterSeconds: Math.ceil(retryAfterMs / secondMs),
    event: { ...event, data: { ...event.data, reason: monthIsFull ? 'month_limit' : 'locked' } },
  })
}
