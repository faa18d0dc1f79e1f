import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import Fastify from 'fastify'
import type { Context } from '../context.ts'
import type { House } from './call.ts'
import { eventStreams } from './event-streams.ts'
import { testExchange } from './test-exchange.ts'

interface Page {
  readonly position: string
  readonly filling: string
}

/** A server with one stream, whose pages are counted as they are made. */
async function listening(pages: number, { patienceMs }: { readonly patienceMs?: number } = {}) {
  const made = { pages: 0 }
  const failures: unknown[] = []
  let end = () => {}
  const over = new Promise<void>((resolve) => {
    end = resolve
  })
  const http = Fastify()
  const entrance = { demandsTls: false }
  const house = { entrance, reportFailure: (error: unknown) => failures.push(error) } as unknown as House
  const stream = eventStreams(http, house, patienceMs === undefined ? {} : { patienceMs })
  async function* source(): AsyncGenerator<Page> {
    try {
      while (made.pages < pages) {
        made.pages++
        yield { position: String(made.pages), filling: 'x'.repeat(65_536) }
        await setImmediate()
      }
    } finally {
      end()
    }
  }
  http.get('/', async (request, reply) => {
    reply.hijack()
    await stream({ owed: [] } as unknown as Context, source, testExchange(request.raw, reply.raw))
  })
  await http.listen({ host: '127.0.0.1', port: 0 })
  const { port } = http.server.address() as AddressInfo
  const ask = async (): Promise<IncomingMessage> => {
    const asked = request({ host: '127.0.0.1', port })
    asked.end()
    const [answer] = await once(asked, 'response')
    return answer
  }
  return { http, ask, made, over, failures }
}

test('a reader who takes nothing is cut off, and nothing is made meanwhile that would wait in memory', async (t) => {
  const { http, ask, made, over, failures } = await listening(1_000_000, { patienceMs: 50 })
  t.after(() => http.close())
  const answer = await ask()
  answer.pause()
  await over
  // What the sockets of this machine hold, and no more.
  assert.ok(made.pages < 1000, `${made.pages} pages of 64 KiB`)
  answer.resume()
  await assert.rejects(once(answer, 'end'), { code: 'ECONNRESET' })
  assert.deepEqual(failures, [])
})

test('a slow reader gets all of it, in order', async (t) => {
  const { http, ask, over } = await listening(200)
  t.after(() => http.close())
  const answer = await ask()
  const ids: string[] = []
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      ids.push(/^id: (\d+)\n/.exec(text)?.[1] ?? '')
      text = text.slice(end + 2)
      await setImmediate()
    }
  }
  await over
  assert.deepEqual(
    ids,
    Array.from({ length: 200 }, (_, index) => String(index + 1)),
  )
})

test('when the server closes streams end', async () => {
  const { http, ask, over } = await listening(1_000_000)
  const answer = await ask()
  answer.pause()
  await http.close()
  await over
})
