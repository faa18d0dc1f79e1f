import type { Context } from '../context.ts'
import { minuteMs, secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { goOn } from '../kernel/go-on.ts'
import type { Hit } from '../storage/counters.ts'

/** What a budget is counted with: a context, or as much of one as there is before the request is understood. */
type Counting = Pick<Context, 'storage' | 'owed' | 'now'>

/** The budget after a request; `refusal` is set when it was used up. */
interface Spent {
  readonly hit: Hit
  readonly refusal: Fault | undefined
}

/** Counts one request against the budget of any minute that has this name. */
export function countRequest(counting: Counting, name: string, limit: number): Spent | Promise<Spent> {
  const { storage, owed, now } = counting
  const counted = storage.counters.hit(name, { limit, windowMs: minuteMs }, now.getTime())
  return goOn(counted, (hit) => {
    if (hit.owed) owed.push(hit.owed)
    return hit.allowed ? { hit, refusal: undefined } : refuseRequest(counting, name, hit)
  })
}

/** The first refusal of a minute is on record, the others would only fill it. */
function refuseRequest({ storage, owed, now }: Counting, name: string, hit: Hit): Spent | Promise<Spent> {
  return goOn(storage.counters.once(`${name} refused`, minuteMs, now.getTime()), (once) => {
    if (once.owed) owed.push(once.owed)
    const retryAfterSeconds = Math.ceil(hit.retryAfterMs / secondMs)
    return { hit, refusal: new Fault('rate_limited', { retryAfterSeconds, recorded: !once.first }) }
  })
}
