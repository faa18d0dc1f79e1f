import { matchesContentDigest } from './content-digest.ts'
import { findHeader } from './find-header.ts'
import { matchSecret } from './match-secret.ts'
import { findMessageSignature } from './message-signature.ts'
import { refuse, type Scheme } from './scheme.ts'
import { signatureBase } from './signature-base.ts'
import { isWithinSkew } from './signing-time.ts'

/** What must be covered is decided here, and not by the one who signs. */
export function demandedComponents(body: Uint8Array): readonly string[] {
  return body.byteLength > 0 ? demandedWithBody : demanded
}
const demanded = ['@method', '@authority', '@path', '@query', 'x-client-id']
const demandedWithBody = [...demanded, 'content-digest']

/**
 * HTTP Message Signatures (RFC 9421) with hmac-sha256. The body is covered by way of Content-Digest (RFC 9530), which is
 * computed anew. Each request is spent with its first use, a reading one too.
 */
export const verifyMessageSignature: Scheme = (client, request, now, skewSeconds) => {
  const { body } = request
  const inputField = findHeader(request, 'signature-input')
  const signatureField = findHeader(request, 'signature')
  if (!inputField || !signatureField) return refuse('missing')
  const found = findMessageSignature(inputField, signatureField)
  if (typeof found === 'string') return refuse('invalid', found)
  const { components, parameters, text, mac } = found
  const lacking = demandedComponents(body).find((name) => !components.includes(name))
  if (lacking) return refuse('invalid', `The signature must cover "${lacking}".`)
  if (parameters.keyid !== client.slug || findHeader(request, 'x-client-id') !== client.slug) {
    return refuse('invalid', 'The parameter keyid must be the client id.')
  }
  const base = signatureBase(request, components, text)
  if (base === undefined) return refuse('invalid', 'The signature covers a component that the request does not have.')
  const secret = matchSecret(client, now, mac, base)
  if (!secret) return refuse('invalid')
  const digest = components.includes('content-digest') ? findHeader(request, 'content-digest') : undefined
  if (digest !== undefined && !matchesContentDigest(digest, body)) {
    return refuse('invalid', 'Content-Digest is not that of the body.')
  }
  const { created, expires, nonce } = parameters
  const hasExpired = expires !== undefined && expires * 1000 <= now.getTime()
  if (hasExpired || !isWithinSkew(now, created, skewSeconds)) return refuse('out_of_range')
  return { valid: true, secretId: secret.id, once: `nonce:${nonce}` }
}
