import { verifySignature } from '../clients/signature.ts'
import { Fault } from '../kernel/fault.ts'
import type { Call, House } from './call.ts'

/** The signature must be right over exactly the bytes that arrived. An empty body authorises reading only. */
export function checkSignature(call: Call, house: House): void {
  const { client, headers, body } = call
  if (!client) throw new Fault('signature_missing')
  const verdict = verifySignature(
    client,
    { signature: single(headers['x-signature']), timestamp: single(headers['x-timestamp']), body },
    call.moment.now,
    house.policy.signatureSkewSeconds,
  )
  if (!verdict.valid) {
    if (verdict.reason === 'missing') throw new Fault('signature_missing')
    if (verdict.reason === 'out_of_range') throw new Fault('signature_timestamp_out_of_range')
    throw new Fault('signature_invalid')
  }
  if (body.byteLength === 0 && call.operation.method !== 'GET') {
    throw new Fault('signature_invalid', {
      detail: 'A signature over an empty body authorises reading only.',
      hint: 'Send a body, at least {}, and sign it.',
    })
  }
  call.signatureDigest = body.byteLength > 0 ? verdict.digest : undefined
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined
}
