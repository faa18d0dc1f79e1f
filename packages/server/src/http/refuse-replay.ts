import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { goOn } from '../kernel/go-on.ts'
import type { Call, House } from './call.ts'

/** A signature is good once, unless it covers nothing but the time. It is remembered in the commit of whatever it authorises. */
export function refuseReplay(call: Call, house: House): void | Promise<void> {
  if (call.signatureOnce === undefined) return
  const seen = house.storage.counters.once(
    `signature:${call.client?.id}:${call.signatureOnce}`,
    house.policy.signatureMemorySeconds * secondMs,
    call.moment.now.getTime(),
  )
  return goOn(seen, ({ first, owed }) => {
    if (owed) call.owed.push(owed)
    if (!first) throw new Fault('signature_replayed')
  })
}
