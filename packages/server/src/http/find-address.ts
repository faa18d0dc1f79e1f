import { Fault } from '../kernel/fault.ts'
import type { Call, House } from './call.ts'

/**
 * The caller is the machine at the other end of the connection, or the one for which a trusted proxy calls
 * (`findOrigin`). A proxy that does not plainly say which one is refused, and not taken for the caller.
 */
export function findAddress(call: Call, { entrance }: House): void {
  const { address, proxy } = call.origin
  if (address === undefined) {
    const detail = proxy
      ? `The proxy at ${proxy} did not say who calls, by ${entrance.forwardedHeader}.`
      : 'The address of the caller cannot be told.'
    throw new Fault('client_not_allowed', { detail })
  }
  call.address = address
}
