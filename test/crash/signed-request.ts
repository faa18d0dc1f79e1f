import { createHmac } from 'node:crypto'
import type { Input, Operation } from '@gatehouse/contract/operation'

/** A request with everything that its signature covers: sent twice, it is the same bytes. */
export interface SignedRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Credentials {
  readonly slug: string
  readonly secret: string
}

/** The classic scheme, written once more, so that a request can be kept and repeated. `nonce` makes it differ from its twins. */
export function signRequest<O extends Operation>(
  { slug, secret }: Credentials,
  { method, path }: O,
  input: Input<O>,
  nonce: string,
  idempotencyKey?: string,
): SignedRequest {
  const rest: Record<string, unknown> = { ...input }
  const filled = path.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
    const value = rest[name]
    delete rest[name]
    return String(value)
  })
  const isRead = method === 'GET'
  const query = new URLSearchParams(isRead ? (rest as Record<string, string>) : {})
  const body = isRead ? '' : JSON.stringify({ ...rest, nonce })
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  return {
    method,
    path: query.size > 0 ? `${filled}?${query}` : filled,
    headers: {
      'x-client-id': slug,
      'x-timestamp': timestamp,
      'x-signature': `sha256=${signature}`,
      ...(isRead ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    },
    body,
  }
}
