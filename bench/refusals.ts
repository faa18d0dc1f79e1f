import { createHmac } from 'node:crypto'
import { asProxy, type Caller } from './signed-request.ts'

/** Requests that are refused: of a stranger, with a signature that is not right, and of a client that asks too often. */
export function refusals(caller: Caller, count: number): Uint8Array[] {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const right = createHmac('sha256', caller.secret).update(`${timestamp}.`).digest('hex')
  const get = (slug: string, signature: string) => {
    const head = [
      'GET /v1/users?limit=1 HTTP/1.1',
      `host: localhost:${caller.port}`,
      ...Object.entries(asProxy).map(([name, value]) => `${name}: ${value}`),
      `x-client-id: ${slug}`,
      `x-timestamp: ${timestamp}`,
      `x-signature: sha256=${signature}`,
    ]
    return Buffer.from(`${head.join('\r\n')}\r\n\r\n`)
  }
  const kinds = [get('nobody', right), get(caller.slug, '0'.repeat(64)), get(caller.slug, right)]
  return Array.from({ length: count }, (_, index) => kinds[index % kinds.length] as Uint8Array)
}
