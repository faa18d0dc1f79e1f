import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { Call, House } from './call.ts'

/** A restored server does not know which signatures were seen last: it waits until none of them can be good any more. */
export function awaitOpening(call: Call, house: House): void {
  const leftMs = house.opensAt - call.moment.now.getTime()
  if (leftMs > 0) throw new Fault('recently_restored', { retryAfterSeconds: Math.ceil(leftMs / secondMs) })
}
