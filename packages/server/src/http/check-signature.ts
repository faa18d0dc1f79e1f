import type { ProblemCode } from '@gatehouse/contract/problems'
import type { SignatureVerdict } from '../clients/signatures/scheme.ts'
import { verifySignature } from '../clients/signatures/verify-signature.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { Call, House } from './call.ts'

const codes: Readonly<Record<Extract<SignatureVerdict, { valid: false }>['reason'], ProblemCode>> = {
  missing: 'signature_missing',
  invalid: 'signature_invalid',
  out_of_range: 'signature_timestamp_out_of_range',
  not_allowed: 'signature_scheme_not_allowed',
}

/**
 * The signature must be right over exactly what arrived. One that covers nothing but the time authorises reading only. A
 * token takes its place, of a client or of an administrator, and covers nothing.
 */
export function checkSignature(call: Call, house: House): void {
  if (call.administrator) return
  const { claimed: client, target, headers, body } = call
  const { method } = call.operation
  if (!client) throw new Fault('signature_missing')
  if (call.granted) {
    // It may do what its token is good for, and no more.
    call.client = { ...client, scopes: call.granted }
    return
  }
  const request = { method, target, headers, body }
  // Of a server that was restored: nothing that was signed before it opened.
  const openSeconds = (call.moment.now.getTime() - house.opensAt) / secondMs
  const skewSeconds = Math.min(house.policy.signatureSkewSeconds, openSeconds)
  const verdict = verifySignature(client, request, call.moment.now, skewSeconds)
  if (!verdict.valid) {
    const { reason, detail } = verdict
    throw new Fault(codes[reason], detail === undefined ? {} : { detail })
  }
  if (verdict.once === undefined && method !== 'GET') {
    throw new Fault('signature_invalid', {
      detail: 'A signature over an empty body authorises reading only.',
      hint: 'Send a body, at least {}, and sign it.',
    })
  }
  call.client = client
  call.secretId = verdict.secretId
  call.signatureOnce = verdict.once
}
