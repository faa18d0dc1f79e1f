import { findHeader } from './find-header.ts'
import { matchSecret } from './match-secret.ts'
import { refuse, type Scheme } from './scheme.ts'
import { isWithinSkew, timestampForm } from './signing-time.ts'

/** Upper case is accepted, the prefix is demanded. */
const signatureForm = /^sha256=([0-9a-f]{64})$/i

/**
 * The classic scheme: X-Signature is `sha256=` and the hex of HMAC-SHA256(secret, X-Timestamp + "." + body). A signature
 * over a body is spent with its first use, wherever it was used.
 */
export const verifyV1: Scheme = (client, request, now, skewSeconds) => {
  const { body } = request
  const signature = findHeader(request, 'x-signature')
  const timestamp = findHeader(request, 'x-timestamp')
  if (!signature || !timestamp) return refuse('missing')
  const digest = signatureForm.exec(signature)?.[1]
  if (!digest || !timestampForm.test(timestamp)) return refuse('invalid')
  const secret = matchSecret(client, now, Buffer.from(digest, 'hex'), `${timestamp}.`, body)
  if (!secret) return refuse('invalid')
  if (!isWithinSkew(now, Number(timestamp), skewSeconds)) return refuse('out_of_range')
  return { valid: true, secretId: secret.id, once: body.byteLength > 0 ? digest.toLowerCase() : undefined }
}
