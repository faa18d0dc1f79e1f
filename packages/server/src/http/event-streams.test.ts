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
async function listening(pages: number, options: { readonly patienceMs?: number; begin?: Promise<void> } = {}) {
  const { patienceMs, begin } = options
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
      await begin
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
  const closing = new Promise<void>((resolve) => {
    http.addHook('preClose', async () => resolve())
  })
  await http.listen({ host: '127.0.0.1', port: 0 })
  const { port } = http.server.address() as AddressInfo
  const send = () => request({ host: '127.0.0.1', port }).end()
  const ask = async (): Promise<IncomingMessage> => {
    const asked = send()
    const [answer] = await once(asked, 'response')
    return answer
  }
  return { http, closing, send, ask, made, over, failures }
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

/** Longer than a test takes. */
const patienceMs = 1_000_000

/** A time to begin, which is told by hand. */
function openGate() {
  let open = () => {}
  const begin = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, begin }
}

test('for a reader who hangs up before the first event nothing more is made, and it is no failure', async (t) => {
  const { open, begin } = openGate()
  const { http, send, made, over, failures } = await listening(1_000_000, { begin, patienceMs })
  t.after(() => http.close())
  const connected = once(http.server, 'connection')
  const asking = once(http.server, 'request')
  const asked = send()
  asked.on('error', () => undefined)
  const [socket] = await connected
  await asking
  asked.destroy()
  await once(socket, 'close')
  open()
  await over
  assert.equal(made.pages, 1)
  assert.deepEqual(failures, [])
})

test('a stream that begins when the server closes ends at once', async () => {
  const { open, begin } = openGate()
  const { http, closing, ask, made, over } = await listening(1_000_000, { begin, patienceMs })
  const asking = once(http.server, 'request')
  const answer = ask()
  await asking
  const closed = http.close()
  await closing
  open()
  await over
  assert.equal(made.pages, 1)
  ;(await answer).resume()
  await closed
})
