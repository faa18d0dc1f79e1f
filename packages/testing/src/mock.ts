import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type ProblemCode, problems } from '@gatehouse/contract/problems'
import { signerOf, signerOfV2 } from '@gatehouse/sdk/signature'
import { type MockPerson, mockCode, mockHouse, mockPassword } from './mock-house.ts'

export { type MockPerson, mockCode, mockPassword }

/** The only client of a mock. No server accepts it: nobody has ever been given this secret. */
export const mockClientId = 'mock'
export const mockSecret = 'gh_test_mock'

export interface MockOptions {
  /** What the mock goes by: the machine's time unless given. */
  readonly now?: (() => Date) | undefined
  /** One that is free unless given. */
  readonly port?: number | undefined
}

/** The contract of the tokens alone: it makes them and judges them, and remembers nothing. */
export interface Mock {
  readonly url: string
  readonly clientId: string
  readonly secret: string
  /** An access token of somebody who has signed in just now. */
  token(person?: MockPerson): string
  stop(): Promise<void>
}

/**
 * Starts a stand-in for Gatehouse on a port of this machine, in milliseconds: for tests of an application that only guards its
 * routes. It knows sign-in, validation, token keys and the revocation feed, and answers all else with `not_found`.
 * What it makes is good at no server, and what a server makes is good at no mock.
 *
 * ```ts
 * const mock = await startMock()
 * const token = mock.token({ email: 'ada+test@example.test' })
 * ```
 */
export async function startMock({ now = () => new Date(), port = 0 }: MockOptions = {}): Promise<Mock> {
  const house = mockHouse({ clientId: mockClientId, now })
  const feeds = new Set<NodeJS.Timeout>()
  const isSigned = signatureJudge(now)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    const refused = await isSigned(request, body)
    const { pathname } = new URL(request.url ?? '/', 'http://mock')
    if (refused) return refuse(response, refused, now())
    if (pathname === '/v1/tokens/revocations' && request.headers.accept === 'text/event-stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const say = () => response.write(`data: ${JSON.stringify(house.revocations())}\n\n`)
      say()
      const feed = setInterval(say, 1000)
      feeds.add(feed)
      request.once('close', () => clearInterval(feed))
      return
    }
    const said = house.answer(request.method ?? '', pathname, body.toString())
    if (typeof said === 'string') return refuse(response, said, now())
    response.setHeader('content-type', 'application/json').end(JSON.stringify(said))
  }

  const http = createServer((request, response) => {
    answer(request, response).catch(() => refuse(response, 'invalid_request', now()))
  })
  await new Promise<void>((resolve, reject) => http.once('error', reject).listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    clientId: mockClientId,
    secret: mockSecret,
    token: (person) => house.token(person),
    async stop() {
      for (const feed of feeds) clearInterval(feed)
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

/** Why a request is not one of the mock's client; undefined if it is. By v1 or v2, as the SDK signs. */
function signatureJudge(now: () => Date) {
  const [byV1, byV2] = [signerOf(mockSecret), signerOfV2(mockSecret)]
  return async (
    { method = '', url = '', headers }: IncomingMessage,
    body: Buffer,
  ): Promise<ProblemCode | undefined> => {
    const [clientId, time, nonce, given] = ['x-client-id', 'x-timestamp', 'x-nonce', 'x-signature'].map((name) =>
      String(headers[name] ?? ''),
    ) as [string, string, string, string]
    if (clientId !== mockClientId) return 'client_not_allowed'
    if (!time || !given) return 'signature_missing'
    const timestamp = Number(time)
    if (!(Math.abs(now().getTime() / 1000 - timestamp) <= 301)) return 'signature_timestamp_out_of_range'
    const v2 = { clientId, timestamp, nonce, method, authority: headers.host ?? '', target: url, body }
    const right = given.startsWith('v2=') ? await byV2(v2) : await byV1(timestamp, body)
    return given === right ? undefined : 'signature_invalid'
  }
}

function refuse(response: ServerResponse, code: ProblemCode, now: Date): void {
  const { status, title, fix } = problems[code]
  const problem = { type: 'about:blank', title, status, code, hint: fix, request_id: 'req_mock' }
  response.writeHead(status, { 'content-type': 'application/problem+json; charset=utf-8' })
  response.end(JSON.stringify({ ...problem, server_time: now.toISOString() }))
}
