import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** What came to a receiver. */
export interface Received {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  /** The names and values as they stood in the request. */
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/** Somebody's server that takes webhooks. */
export interface WebhookReceiver {
  readonly port: number
  readonly url: string
  readonly received: Received[]
  /** How it answers from now on: 204 until it is said. */
  answer(how: (response: ServerResponse, request: Received) => void): void
  close(): Promise<void>
}

/** Starts one on this machine. */
export async function startReceiver({ port = 0, host = '127.0.0.1' } = {}): Promise<WebhookReceiver> {
  const received: Received[] = []
  let how: (response: ServerResponse, request: Received) => void = (response) => response.writeHead(204).end()
  const server = createServer((request, response) => {
    response.on('error', () => undefined)
    void buffer(request).then((body) => {
      const { url: path = '', headers, rawHeaders } = request
      const arrived = { path, headers, rawHeaders, body: body.toString('utf8') }
      received.push(arrived)
      how(response, arrived)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  const at = (server.address() as AddressInfo).port
  return {
    port: at,
    url: `http://${host}:${at}/hook`,
    received,
    answer(given) {
      how = given
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
