import { findHeader } from './find-header.ts'
import { matchSecret } from './match-secret.ts'
import { refuse, type Scheme } from './scheme.ts'
import { isWithinSkew, timestampForm } from './signing-time.ts'

/** Stands before the hex of the signature; both may be written in capitals. */
const prefix = 'sha256='
const digestBytes = 32
/** What the signature says, until the next one is read. */
const given = Buffer.alloc(digestBytes)

/**
 * The classic scheme: X-Signature is `sha256=` and the hex of HMAC-SHA256(secret, X-Timestamp + "." + body). A signature
 * over a body is spent with its first use, wherever it was used.
 */
export const verifyV1: Scheme = (client, request, now, skewSeconds) => {
  const { body } = request
  const signature = findHeader(request, 'x-signature')
  const timestamp = findHeader(request, 'x-timestamp')
  if (!signature || !timestamp) return refuse('missing')
  const said = signature.toLowerCase()
  const digest = said.slice(prefix.length)
  // Of what is not hex Node reads as much as is: then it is too short.
  const isWhole = digest.length === 2 * digestBytes && given.write(digest, 'hex') === digestBytes
  if (!isWhole || !said.startsWith(prefix) || !timestampForm.test(timestamp)) return refuse('invalid')
  const secret = matchSecret(client, now, given, `${timestamp}.`, body)
  if (!secret) return refuse('invalid')
  if (!isWithinSkew(now, Number(timestamp), skewSeconds)) return refuse('out_of_range')
  return {
    valid: true,
    secretId: secret.id,
    once: body.byteLength > 0 ? { digest: given.toString('latin1') } : undefined,
  }
}
