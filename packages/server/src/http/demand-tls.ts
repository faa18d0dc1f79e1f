import { Fault } from '../kernel/fault.ts'
import type { Call, House } from './call.ts'

/** Outside of development a call comes over TLS, to us or to a trusted proxy: a signature hides no password. */
export function demandTls(call: Call, { entrance }: House): void {
  const { isSecure, proxy, address } = call.origin
  if (isSecure || !entrance.demandsTls) return
  const detail = proxy
    ? `The proxy at ${proxy} did not say that it was called over HTTPS.`
    : `The call came from ${address ?? 'an unknown address'} over plain HTTP.`
  throw new Fault('https_required', { detail })
}
