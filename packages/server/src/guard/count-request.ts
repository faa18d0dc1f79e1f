import type { Context } from '../context.ts'
import { minuteMs, secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { Hit } from '../storage/counters.ts'

/** What a budget is counted with: a context, or as much of one as there is before the request is understood. */
type Counting = Pick<Context, 'storage' | 'owed' | 'now'>

/** Counts one request against the budget of any minute that has this name; `refusal` is set when it is used up. */
export async function countRequest(
  { storage: { counters }, owed, now }: Counting,
  name: string,
  limit: number,
): Promise<{ readonly hit: Hit; readonly refusal: Fault | undefined }> {
  const nowMs = now.getTime()
  const { owed: mine, ...hit } = await counters.hit(name, { limit, windowMs: minuteMs }, nowMs)
  if (mine) owed.push(mine)
  if (hit.allowed) return { hit, refusal: undefined }
  // The first refusal of a minute is on record, the others would only fill it.
  const first = await counters.once(`${name} refused`, minuteMs, nowMs)
  if (first.owed) owed.push(first.owed)
  const retryAfterSeconds = Math.ceil(hit.retryAfterMs / secondMs)
  return { hit, refusal: new Fault('rate_limited', { retryAfterSeconds, recorded: !first.first }) }
}
