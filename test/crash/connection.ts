import { Agent, type IncomingMessage, request } from 'node:http'
import type { SignedRequest } from './signed-request.ts'

/** An answer that came in whole. */
export interface Answer {
  readonly status: number
  readonly requestId: string | undefined
  readonly body: Readonly<Record<string, unknown>>
}

/** For whom we call: we are the proxy that speaks TLS with the application, and plain HTTP with the server. */
const caller = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' }

/** Several connections to one life of the server. */
export interface Connection {
  /** Resolves to undefined when no whole answer came. Nothing is sent twice unless the caller does so. */
  send(signed: SignedRequest, requestId: string): Promise<Answer | undefined>
  /** Whether the server has stopped to listen. */
  isRefused(): boolean
  close(): void
}

export function connect(port: number): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  let refused = false
  return {
    send({ method, path, headers, body }, requestId) {
      const { promise, resolve } = Promise.withResolvers<Answer | undefined>()
      const lost = (error: NodeJS.ErrnoException) => {
        refused ||= error.code === 'ECONNREFUSED'
        resolve(undefined)
      }
      const all = { ...headers, ...caller, 'x-request-id': requestId, 'content-length': Buffer.byteLength(body) }
      request({ host: '127.0.0.1', port, agent, method, path, headers: all }, (response) => {
        readAnswer(response).then(resolve, lost)
      })
        .on('error', lost)
        .end(body)
      return promise
    },
    isRefused: () => refused,
    close: () => agent.destroy(),
  }
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  const requestId = response.headers['x-request-id']
  return {
    status: response.statusCode ?? 0,
    requestId: typeof requestId === 'string' ? requestId : undefined,
    body: JSON.parse(text),
  }
}
