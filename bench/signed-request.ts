import { createHmac } from 'node:crypto'

/** A client application of the server on this port. */
export interface Caller {
  readonly port: number
  readonly slug: string
  readonly secret: string
}

/** The machine that every request comes from, as the server sees it. */
export const callerAddress = '192.0.2.7'

/** What the proxy says that speaks TLS before a server: we stand in its place. */
export const asProxy = { 'x-forwarded-for': callerAddress, 'x-forwarded-proto': 'https' } as const

/** A whole HTTP request, signed (v1) and ready to be sent as it is. `nonce` makes its body the only one of its kind. */
export function signedRequest(caller: Caller, path: string, fields: Readonly<Record<string, unknown>>): Uint8Array {
  const body = JSON.stringify({ ...fields, nonce: crypto.randomUUID() })
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = createHmac('sha256', caller.secret).update(`${timestamp}.${body}`).digest('hex')
  const head = [
    `POST ${path} HTTP/1.1`,
    `host: localhost:${caller.port}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...Object.entries(asProxy).map(([name, value]) => `${name}: ${value}`),
    `x-client-id: ${caller.slug}`,
    `x-timestamp: ${timestamp}`,
    `x-signature: sha256=${signature}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}
