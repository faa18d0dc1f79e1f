import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { Call, House } from './call.ts'

/** A signature is good once, unless it covers nothing but the time. It is remembered in the commit of whatever it authorises. */
export async function refuseReplay(call: Call, house: House): Promise<void> {
  if (call.signatureOnce === undefined) return
  const seen = await house.storage.counters.once(
    `signature:${call.client?.id}:${call.signatureOnce}`,
    house.policy.signatureMemorySeconds * secondMs,
    call.moment.now.getTime(),
  )
  if (seen.owed) call.owed.push(seen.owed)
  if (!seen.first) throw new Fault('signature_replayed')
}
