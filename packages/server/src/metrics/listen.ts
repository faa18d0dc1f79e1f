import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { secondMs } from '../kernel/durations.ts'
import type { Metrics } from './open-metrics.ts'

export interface MetricsAddress {
  readonly host: string
  readonly port: number
}

/** Where the figures are read, and how to stop that. */
export interface MetricsDoor {
  readonly url: string
  close(): Promise<void>
}

/**
 * A door of its own: figures are for whoever watches over the server, and the API is for everybody. It knows one path.
 * @throws Error, one sentence for the operator
 */
export async function listenForScrapes(
  { host, port }: MetricsAddress,
  { print }: Pick<Metrics, 'print'>,
  reportFailure: (error: unknown) => void,
): Promise<MetricsDoor> {
  const server = createServer({ requestTimeout: 10 * secondMs, maxHeaderSize: 8192 }, (request, response) => {
    if (request.url?.split('?', 1)[0] !== '/metrics') return void response.writeHead(404).end()
    if (request.method !== 'GET') return void response.writeHead(405, { allow: 'GET' }).end()
    void print().then(
      ({ type, text }) => response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(text),
      (error: unknown) => {
        reportFailure(error)
        response.writeHead(500).end()
      },
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(toSentence(error, { host, port })))
    server.listen(port, host, resolve)
  })
  const { address, port: taken, family } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function toSentence(cause: Error & { readonly code?: string }, { host, port }: MetricsAddress): Error {
  const why = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${cause.code ?? cause.message})`
  return new Error(`${host}:${port} ${why}. Set GATEHOUSE_METRICS_ADDRESS to another address, or leave it out.`, {
    cause,
  })
}
