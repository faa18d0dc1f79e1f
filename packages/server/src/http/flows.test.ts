import assert from 'node:assert/strict'
import { once } from 'node:events'
import { IncomingMessage, request, ServerResponse } from 'node:http'
import { type AddressInfo, connect, Socket } from 'node:net'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Fastify from 'fastify'
import type { House } from './call.ts'
import { flows } from './flows.ts'
import { testExchange } from './test-exchange.ts'

async function listening(parts: () => AsyncGenerator<string>, opened?: Promise<unknown>) {
  const http = Fastify()
  const failures: unknown[] = []
  const house = { reportFailure: (error: unknown) => failures.push(error) } as unknown as House
  const send = flows(http, house)
  http.get('/', async (request, reply) => {
    reply.hijack()
    await opened
    send(testExchange(request.raw, reply.raw), 200, {}, { mediaType: 'text/csv', fileName: 'x.csv', parts: parts() })
  })
  http.get('/slow', (_request, reply) => void reply.hijack())
  http.server.on('connect', (_request, socket) => void socket.destroy())
  await http.listen({ host: '127.0.0.1', port: 0 })
  const { port } = http.server.address() as AddressInfo
  const ask = async () => {
    const asked = request({ host: '127.0.0.1', port, path: '/' })
    asked.end()
    const [answer] = await once(asked, 'response')
    return answer
  }
  return { http, ask, failures }
}

const part = 'x'.repeat(100_000)

test('parts are made as they are taken, and no more when the reader goes', async () => {
  let made = 0
  let ended: (() => void) | undefined
  const over = new Promise<void>((resolve) => {
    ended = resolve
  })
  const { http, ask, failures } = await listening(async function* () {
    try {
      for (; made < 100_000; made++) yield part
    } finally {
      ended?.()
    }
  })
  const answer = await ask()
  answer.pause()
  // The machine's own buffers fill, and then nothing more is made: the count stands still.
  for (let before = -1; before !== made; ) {
    before = made
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  assert.ok(made < 1000, `${made} parts`)
  answer.destroy()
  await over
  await http.close()
  assert.deepEqual(failures, [])
})

test('a flow that fails half-way, or that the server ends, is seen to be cut short, and the operator hears of the first', async () => {
  const gone = new Error('the database is gone')
  const failing = await listening(async function* () {
    yield part
    throw gone
  })
  const answer = await failing.ask()
  answer.resume()
  const [error] = await once(answer, 'error')
  assert.equal(error.code, 'ECONNRESET')
  assert.equal(answer.complete, false)
  await failing.http.close()
  assert.deepEqual(failing.failures, [gone])

  const endless = await listening(async function* () {
    for (;;) {
      yield part
      await new Promise((resolve) => setImmediate(resolve))
    }
  })
  const second = await endless.ask()
  await once(second, 'data')
  second.resume()
  const cut = once(second, 'error')
  await endless.http.close()
  await cut
  assert.equal(second.complete, false)
  assert.deepEqual(endless.failures, [])
})

test('for whoever hangs up before it is open no flow begins, and the server ends as it should', async () => {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const { http, failures } = await listening(async function* () {
    yield assert.fail('it has begun')
  }, opened)
  const [connected, asking] = [once(http.server, 'connection'), once(http.server, 'request')]
  const asked = request({ host: '127.0.0.1', port: (http.server.address() as AddressInfo).port })
  asked.on('error', () => undefined).end()
  const [socket] = await connected
  await asking
  asked.destroy()
  await once(socket, 'close')
  open()
  await http.close()
  assert.deepEqual(failures, [])
})

test('a flow that waits for its turn ends with a connection that asks for a tunnel', async () => {
  let end = () => {}
  const over = new Promise<void>((resolve) => {
    end = resolve
  })
  let begin = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const { http, failures } = await listening(async function* () {
    begin()
    try {
      for (;;) yield part
    } finally {
      end()
    }
  })
  const socket = connect((http.server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined)
  const ask = (line: string) => void socket.write(`${line} HTTP/1.1\r\nHost: a\r\n\r\n`)
  for (const line of ['GET /slow', 'GET /']) ask(line)
  await begun
  ask('CONNECT a:1')
  await over
  await http.close()
  assert.deepEqual(failures, [])
})

test('a flow whose connection is gone before its turn does not begin', async () => {
  const http = Fastify()
  const send = flows(http, {} as House)
  const asked = new IncomingMessage(new Socket())
  // It waits behind another one, and so knows nothing of the connection.
  const response = new ServerResponse(asked)
  asked.socket.destroy()
  let hasBegun = false
  async function* parts(): AsyncGenerator<string> {
    hasBegun = true
    yield part
  }
  send(testExchange(asked, response), 200, {}, { mediaType: 'text/csv', fileName: 'x.csv', parts: parts() })
  await nextTurn()
  assert.deepEqual([hasBegun, response.headersSent], [false, false])
  await http.close()
})
