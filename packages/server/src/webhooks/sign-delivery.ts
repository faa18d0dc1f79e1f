import { hmacSha256 } from '../crypto/hmac-sha256.ts'

/** What is sent once, at one time. */
interface Delivery {
  /** The same at every attempt: the receiver takes it once. */
  readonly id: string
  /** Unix seconds. */
  readonly timestamp: number
  readonly body: string
}

/**
 * The headers of one attempt, in both families: Standard Webhooks 1.0 (HMAC over id, timestamp and body under the bytes that the
 * secret encodes) and the classic one (over timestamp and body, under the secret as it is written). With two secrets there are
 * two signatures in each, the newer first.
 */
export function signDelivery({ id, timestamp, body }: Delivery, secrets: readonly string[]): Record<string, string> {
  const standard = secrets.map((secret) => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
    return `v1,${hmacSha256(key)(`${id}.${timestamp}.`, body).toString('base64')}`
  })
  const classic = secrets.map((secret) => {
    const key = Buffer.from(secret, 'utf8')
    return `sha256=${hmacSha256(key)(`${timestamp}.`, body).toString('hex')}`
  })
  return {
    'content-type': 'application/json',
    'user-agent': 'Gatehouse-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': standard.join(' '),
    'x-timestamp': String(timestamp),
    'x-signature': classic.join(', '),
  }
}
