import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type Answer, answerDirectly } from './answer.ts'
import { testExchange } from './test-exchange.ts'

const now = new Date('2026-11-23T06:07:08Z')
const answer: Answer = { status: 418, mediaType: 'text/plain; charset=utf-8', requestId: 'req_1', now, body: 'kettle' }
const headers = { 'retry-after': '7', 'www-authenticate': 'Bearer' }

/** Asks a server that handles each request like this, all in one piece, and reads until it has said the last word. */
async function converse(t: TestContext, listener: RequestListener, ...requests: readonly string[]): Promise<string> {
  const server = createServer({ keepAliveTimeout: 65_000 }, listener).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let said = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    said += text
  })
  socket.write([...requests, 'GET /last HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'].join(''))
  await once(socket, 'close')
  return said.slice(0, said.lastIndexOf('HTTP/1.1 '))
}

function ask(method: string, ...fields: readonly string[]): string {
  return [`${method} / HTTP/1.1`, 'host: a', ...fields, '', ''].join('\r\n')
}

/** A head line by line, without the continuation before it. */
function linesOf(said: string): string[] {
  const head = said.slice(said.lastIndexOf('HTTP/1.1 ')).split('\r\n\r\n')[0] ?? ''
  return head.split('\r\n').map((line) => line.replace(/^[^:]+:/, (name) => name.toLowerCase()))
}

test('an answer that is written in one piece is byte for byte what Node makes of it', async (t) => {
  const listener: RequestListener = (request, response) =>
    answerDirectly(testExchange(request, response), answer, headers)
  const ours = await converse(t, listener, ask('GET'))
  const nodes = await converse(t, listener, ask('GET', 'expect: 100-continue'))
  assert.deepEqual(linesOf(ours), linesOf(nodes))
  assert.match(nodes, /100 Continue/)
  assert.match(ours, /^HTTP\/1\.1 418 I'm a Teapot\r\n[\s\S]*\r\n\r\nkettle$/)
  assert.deepEqual(linesOf(await converse(t, listener, ask('HEAD'))), linesOf(ours))
})

test('what is asked on one connection is answered in its order, whoever writes the answers', async (t) => {
  const held: (() => void)[] = []
  const said = await converse(
    t,
    (request, response) => {
      const path = request.url ?? ''
      const reply = () => answerDirectly(testExchange(request, response), { ...answer, body: `${path} ÄŁ🔑` }, {})
      if (path === '/held') held.push(reply)
      else reply()
      if (path === '/last') for (const late of held) setImmediate(late)
    },
    ...['/a', '/held', '/b', '/c'].map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`),
  )
  const bodies = Buffer.from(said, 'latin1')
    .toString()
    .matchAll(/(\/\w+) ÄŁ🔑/g)
  assert.deepEqual(
    [...bodies].map(([, path]) => path),
    ['/a', '/held', '/b', '/c'],
  )
})

test('a field that would end too early is not written, and nothing is answered twice', async (t) => {
  const failures: string[] = []
  const said = await converse(
    t,
    (request, response) => {
      const exchange = testExchange(request, response)
      const attempt = (field: string) => {
        try {
          answerDirectly(exchange, answer, { 'x-field': field })
        } catch (error) {
          failures.push((error as Error).message)
        }
      }
      attempt('a\r\nset-cookie: b')
      attempt('ok')
      attempt('again')
    },
    ask('GET'),
  )
  assert.match(failures[0] ?? '', /Invalid character in header content/)
  assert.equal(failures[1], 'there is an answer already')
  assert.equal(said.split('kettle').length, 2)
  assert.match(said, /x-field: ok\r\n/)
})
