import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { type ProblemCode, problems } from '@gatehouse/contract/problems'
import { createGatehouse } from '@gatehouse/sdk'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { makeFolder, runGatehouse, startGatehouse } from './cli-server.ts'
import { type App, assertProblem, assertRefused, attack, attackOnSqlite, houseOf } from './support.ts'

/** What came back over a connection until the server closed it. */
interface Cut {
  readonly status: number
  readonly code: unknown
}

/** Writes what `next` gives for as long as the server takes it, and reads to the end. */
async function pour(url: string, head: readonly string[], next: (socket: Socket) => Promise<unknown>): Promise<Cut> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let text = ''
  const over = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.setEncoding('latin1').on('data', (data: string) => (text += data))
  // Whoever is cut off while still sending may hear of it from the network alone.
  socket.on('error', () => undefined)
  socket.write(head.join('\r\n'))
  while (!socket.destroyed && text === '') await Promise.race([next(socket), over])
  socket.end()
  await over
  const [, status = '0'] = text.split(' ', 2)
  const body = text.slice(text.indexOf('\r\n\r\n'))
  return { status: Number(status), code: body === '' ? undefined : JSON.parse(body).code }
}

function assertCut(cut: Cut, code: ProblemCode): void {
  assert.deepEqual([cut.status, cut.code], [problems[code].status, code])
}

/** The same for who was still sending: the answer may have been lost on the way. */
function assertCutOff(cut: Cut, code: ProblemCode): void {
  if (cut.status !== 0) assertCut(cut, code)
}

/** Writes one piece and waits until it has left. */
function write(socket: Socket, piece: string | Uint8Array): Promise<unknown> {
  return new Promise((resolve) => socket.write(piece, resolve))
}

const never = () => new Promise<never>(() => undefined)

function headOf(app: Pick<App, 'slug'>, ...more: readonly string[]): readonly string[] {
  const fields = ['Host: localhost', `X-Client-Id: ${app.slug}`, 'Content-Type: application/json', ...more]
  return ['POST /v1/users HTTP/1.1', ...fields, '', '']
}

attack('185 a body of one byte too many is refused, and one of the largest size is read', async (app) => {
  const json = (bytes: number) => `{${' '.repeat(bytes - 2)}}`
  await assertRefused(app, { path: '/v1/users', body: json(65_536) }, { code: 'invalid_request' })
  const { url } = app.house.server
  const record = await app.house.recordOf(async () => {
    assertCut(await pour(url, headOf(app, 'Content-Length: 65537'), never), 'payload_too_large')
    // Not one byte of it is awaited.
    for (const length of ['1000000000', '9007199254740991', '9007199254740993', '18446744073709551615']) {
      assertCut(await pour(url, headOf(app, `Content-Length: ${length}`), never), 'payload_too_large')
    }
  })
  assert.deepEqual(
    record.map(({ type, data }) => [type, data['code'], data['operation']]),
    Array(5).fill(['request.refused', 'payload_too_large', 'createUser']),
  )
  await app.createUser()
})

attack('185 a body without an end is cut off where the largest ends', async (app) => {
  const { url } = app.house.server
  const record = await app.house.recordOf(async () => {
    for (const chunk of [1, 1000, 100_000]) {
      const piece = `${chunk.toString(16)}\r\n${'x'.repeat(chunk)}\r\n`.repeat(Math.ceil(20_000 / chunk))
      const cut = await pour(url, headOf(app, 'Transfer-Encoding: chunked'), (socket) => write(socket, piece))
      assertCutOff(cut, 'payload_too_large')
    }
    // A chunk may say more beside its size.
    const extension = `1;${'a'.repeat(100)}\r\nx\r\n`.repeat(1000)
    const cut = await pour(url, headOf(app, 'Transfer-Encoding: chunked'), (socket) => write(socket, extension))
    assertCutOff(cut, 'payload_too_large')
  })
  assert.equal(record.filter(({ data }) => data['code'] === 'payload_too_large').length, 4)
  await app.createUser()
})

attackOnSqlite('185 headers that are too long or too many are refused', async (app) => {
  const { url } = app.house.server
  const line = 'GET /v1/users HTTP/1.1\r\nHost: localhost\r\n'
  for (const bytes of [17_000, 1_000_000]) {
    for (const text of [
      `${line}X-A: ${'a'.repeat(bytes)}`,
      `${line}${'X-A: a\r\n'.repeat(bytes / 8)}`,
      `${line}${'a'.repeat(bytes)}: b`,
      `GET /${'a'.repeat(bytes)}`,
    ]) {
      const cut = await pour(url, [text, '', ''], never)
      if (bytes < 60_000) assertCut(cut, 'headers_too_large')
      else assertCutOff(cut, 'headers_too_large')
    }
  }
  // However short they are: Node would drop what comes after the 2,000th without a word.
  const fields = (count: number) => ({ path: '/v1/users', headers: { a: Array<string>(count).fill('') } })
  assert.equal((await app.send(fields(490))).status, 200)
  for (const count of [501, 1000, 1999, 2001, 2600]) assertProblem(await app.send(fields(count)), 'headers_too_large')
})

test('185 whoever sends byte by byte is cut off in time, and others are served meanwhile', async (t) => {
  const server = await startTestServer({ policy: { headersTimeoutMs: 300, requestTimeoutMs: 600 } })
  t.after(() => server.stop())
  const app = await (await houseOf(server)).newApp()
  const drip = (text: string) => {
    let at = 0
    return async (socket: Socket) => {
      await write(socket, text[at++ % text.length] ?? '')
      await app.sdk.users.listPage({ limit: 1 })
    }
  }
  const line = 'POST /v1/users HTTP/1.1\r\nHost: localhost\r\nX-A: '
  const start = performance.now()
  const cuts = await Promise.all([
    pour(server.url, [''], drip(line + 'a'.repeat(10_000))),
    pour(server.url, [line], drip('a')),
    pour(server.url, headOf(app, 'Content-Length: 60000'), drip(' ')),
    pour(server.url, headOf(app, 'Transfer-Encoding: chunked'), drip('1\r\nx\r\n')),
    // And who sends nothing more at all.
    pour(server.url, [line], never),
    pour(server.url, headOf(app, 'Content-Length: 2'), never),
  ])
  for (const cut of cuts) assertCut(cut, 'request_timeout')
  assert.ok(performance.now() - start < 10_000)
  await app.createUser()
  assert.deepEqual(server.failures, [])
})

test('185 the memory of the server does not grow with what it refuses', async (t) => {
  const env = { GATEHOUSE_DATA_DIR: makeFolder(t) }
  const made = await runGatehouse(['clients', 'create', 'portal', '--allow', '127.0.0.1', '--json'], env)
  assert.equal(made.code, 0, made.stderr)
  const { slug, secret } = JSON.parse(made.stdout) as { slug: string; secret: string }
  const server = await startGatehouse(t, env)
  const piece = `10000\r\n${'x'.repeat(65_536)}\r\n`
  const flood = async (times: number) => {
    for (let round = 0; round < times; round++) {
      await Promise.all([
        ...Array.from({ length: 8 }, () =>
          pour(server.url, headOf({ slug }, 'Transfer-Encoding: chunked'), (socket) => write(socket, piece)),
        ),
        pour(server.url, [`GET / HTTP/1.1\r\nX-A: ${'a'.repeat(1_000_000)}`], never),
      ])
    }
  }
  const residentMb = () =>
    Number(/VmRSS:\s*(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024
  // What the young take grows to its bound first.
  await flood(30)
  const before = residentMb()
  await flood(20)
  const grown = residentMb() - before
  t.diagnostic(`${before.toFixed(0)} MB, and ${grown.toFixed(1)} MB more after 160 further endless bodies`)
  assert.ok(grown < 40, `${grown} MB`)
  const gatehouse = createGatehouse({ url: server.url, clientId: slug, secret })
  assert.deepEqual((await gatehouse.users.listPage({})).data, [])
})
