import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { goOn } from '../kernel/go-on.ts'
import type { Call, House } from './call.ts'

/** A signature is good once, unless it covers nothing but the time. It is remembered in the commit of whatever it authorises. */
export function refuseReplay(call: Call, house: House): void | Promise<void> {
  const { signatureOnce, client, moment } = call
  if (signatureOnce === undefined) return
  const name = typeof signatureOnce === 'string' ? `signature:${client?.id}:${signatureOnce}` : signatureOnce
  const ttlMs = house.policy.signatureMemorySeconds * secondMs
  const seen = house.storage.counters.once(name, ttlMs, moment.now.getTime())
  return goOn(seen, ({ first, owed }) => {
    if (owed) call.owed.push(owed)
    if (!first) throw new Fault('signature_replayed')
  })
}
