import { equal } from '../crypto/equal.ts'
import { hmacSha256 } from '../crypto/hmac-sha256.ts'
import type { Client } from './client.ts'

/** What a signed request carries: header values as they came, the body byte for byte. */
export interface SignedRequest {
  readonly signature: string | undefined
  readonly timestamp: string | undefined
  readonly body: Uint8Array
}

export type SignatureVerdict =
  | { readonly valid: true; readonly digest: string; readonly secretId: string }
  | { readonly valid: false; readonly reason: 'missing' | 'invalid' | 'out_of_range' }

/** Upper case is accepted, the prefix is demanded. */
const signatureForm = /^sha256=([0-9a-f]{64})$/i
const timestampForm = /^[1-9][0-9]{0,11}$/

/**
 * The classic scheme (v1): X-Signature is `sha256=` and the hex of HMAC-SHA256(secret, X-Timestamp + "." + body). All live secrets
 * of the client are tried. The time is judged after the signature, so that only the holder of a secret learns about our clock.
 */
export function verifySignature(
  client: Pick<Client, 'secrets'>,
  request: SignedRequest,
  now: Date,
  skewSeconds: number,
): SignatureVerdict {
  const { signature, timestamp, body } = request
  if (!signature || !timestamp) return { valid: false, reason: 'missing' }
  const digest = signatureForm.exec(signature)?.[1]
  if (!digest || !timestampForm.test(timestamp)) return { valid: false, reason: 'invalid' }
  const given = Buffer.from(digest, 'hex')
  const secret = client.secrets.find(({ key, expiresAt }) => {
    if (expiresAt !== null && expiresAt <= now.getTime()) return false
    return equal(hmacSha256(key, `${timestamp}.`, body), given)
  })
  if (!secret) return { valid: false, reason: 'invalid' }
  const skew = Math.abs(now.getTime() / 1000 - Number(timestamp))
  if (skew > skewSeconds) return { valid: false, reason: 'out_of_range' }
  return { valid: true, digest: digest.toLowerCase(), secretId: secret.id }
}
