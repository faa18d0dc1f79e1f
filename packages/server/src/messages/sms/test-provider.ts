import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'

export interface ProviderCall {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** An SMS provider on this machine, that notes what it is asked and answers as it is told. */
export interface TestProvider {
  readonly url: string
  readonly calls: ProviderCall[]
  answer: (response: ServerResponse, call: ProviderCall) => void
}

/** An answer with this status and body. */
export function reply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return (response: ServerResponse) => {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

/** Starts one that ends with the test. */
export async function startProvider(t: TestContext, answer: TestProvider['answer']): Promise<TestProvider> {
  const calls: ProviderCall[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const call = { path: request.url ?? '', headers: request.headers, body }
      calls.push(call)
      provider.answer(response, call)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const provider: TestProvider = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls, answer }
  return provider
}
