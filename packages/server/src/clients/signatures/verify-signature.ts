import type { SignatureScheme } from '@gatehouse/contract/signature-scheme'
import { findHeader } from './find-header.ts'
import { verifyMessageSignature } from './rfc9421.ts'
import { refuse, type Scheme, type SignedRequest } from './scheme.ts'
import { verifyV1 } from './v1.ts'
import { verifyV2 } from './v2.ts'

const schemes: Readonly<Record<SignatureScheme, Scheme>> = {
  v1: verifyV1,
  v2: verifyV2,
  rfc9421: verifyMessageSignature,
}

/**
 * Judges the signature of a request. A scheme that the client does not use is refused before anything is judged, so that
 * nobody can move a client down, and nobody learns whether the signature would have been right.
 */
export const verifySignature: Scheme = (client, request, now, skewSeconds) => {
  const name = findScheme(request)
  if (name === undefined) return refuse('missing')
  if (name === 'several') return refuse('invalid', 'X-Signature and Signature-Input cannot stand in one request.')
  if (!client.schemes.has(name)) {
    return refuse('not_allowed', `The client proves itself by ${[...client.schemes].join(' or ')}; this is ${name}.`)
  }
  return schemes[name](client, request, now, skewSeconds)
}

/** The scheme that the request claims to be signed by. */
function findScheme(request: SignedRequest): SignatureScheme | 'several' | undefined {
  const signature = findHeader(request, 'x-signature')
  const claimsMessage = findHeader(request, 'signature-input') !== undefined
  if (signature === undefined) return claimsMessage ? 'rfc9421' : undefined
  if (claimsMessage) return 'several'
  return /^v2=/i.test(signature) ? 'v2' : 'v1'
}
