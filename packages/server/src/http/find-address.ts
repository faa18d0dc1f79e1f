import { canonicalAddress } from '../kernel/address.ts'
import { Fault } from '../kernel/fault.ts'
import type { Call } from './call.ts'

/**
 * The caller is the machine at the other end of the connection. What X-Forwarded-For and its like say counts for
 * nothing, since no proxy is trusted.
 */
export function findAddress(call: Call): void {
  const address = canonicalAddress(call.address)
  if (!address) throw new Fault('client_not_allowed', { detail: 'The address of the caller cannot be told.' })
  call.address = address
}
