import { sha256 } from '../../crypto/sha256.ts'
import { findHeader } from './find-header.ts'
import { matchSecret } from './match-secret.ts'
import { findAuthority, findTarget } from './request-target.ts'
import { refuse, type Scheme } from './scheme.ts'
import { isWithinSkew, timestampForm } from './signing-time.ts'

const signatureForm = /^v2=([0-9a-f]{64})$/
const nonceForm = /^[A-Za-z0-9_-]{16,64}$/

/**
 * X-Signature is `v2=` and the hex of HMAC-SHA256 over eight lines with a line feed between them: `gatehouse-v2`, client
 * id, timestamp, nonce, method, authority, path with query, and the hex of the SHA-256 of the body. No line can hold a
 * line feed, so there is one reading of them. Each request is spent with its first use, a reading one too.
 */
export const verifyV2: Scheme = (client, request, now, skewSeconds) => {
  const signature = findHeader(request, 'x-signature')
  const timestamp = findHeader(request, 'x-timestamp')
  const nonce = findHeader(request, 'x-nonce')
  if (!signature || !timestamp) return refuse('missing')
  if (!nonce) return refuse('missing', 'A v2 signature needs X-Nonce.')
  const digest = signatureForm.exec(signature)?.[1]
  if (!digest) return refuse('invalid', 'X-Signature must be v2= and 64 lower-case hex digits.')
  if (!timestampForm.test(timestamp)) return refuse('invalid', 'X-Timestamp must be unix seconds.')
  if (!nonceForm.test(nonce)) return refuse('invalid', 'X-Nonce must be 16 to 64 letters, digits, _ and -.')
  const authority = findAuthority(request)
  const target = findTarget(request)
  if (!authority || !target) return refuse('invalid', 'The request line or Host has a form that cannot be signed.')
  const bodyHash = sha256(request.body).toString('hex')
  const lines = ['gatehouse-v2', client.slug, timestamp, nonce, request.method, authority, target, bodyHash]
  const secret = matchSecret(client, now, Buffer.from(digest, 'hex'), lines.join('\n'))
  if (!secret) return refuse('invalid')
  if (!isWithinSkew(now, Number(timestamp), skewSeconds)) return refuse('out_of_range')
  return { valid: true, secretId: secret.id, once: `nonce:${nonce}` }
}
