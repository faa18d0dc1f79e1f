import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type IncomingHttpHeaders, request as requestPlain } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { type ProblemCode, problems } from '@gatehouse/contract/problems'
import { createClient } from '@gatehouse/server/clients/create-client'
import { parseConfig } from '@gatehouse/server/config'
import { startServer } from '@gatehouse/server/main'
import { operatorContext } from '@gatehouse/server/operator-context'
import { sign } from './attacks/support.ts'
import { certificateMaker } from './certificate.ts'
import { findFreePort } from './crash/server-process.ts'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

const hsts = 'max-age=63072000; includeSubDomains'
const publicUrl = 'https://auth.example.test'

/** The whole server as `gatehouse serve` starts it, with TLS of its own, and ways to ask it. */
async function serverOf(t: TestContext) {
  const make = certificateMaker(t)
  if (!make) return undefined
  const pair = make('localhost')
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-https-'))
  const port = await findFreePort()
  const parsed = parseConfig({
    GATEHOUSE_PORT: String(port),
    GATEHOUSE_DATA_DIR: folder,
    GATEHOUSE_PUBLIC_URL: publicUrl,
    GATEHOUSE_TLS_CERT_FILE: pair.certFile,
    GATEHOUSE_TLS_KEY_FILE: pair.keyFile,
  })
  assert.ok(parsed.ok)
  const server = await startServer(parsed.config, 'production')
  let stopped: Promise<void> | undefined
  const stop = (patienceMs?: number) => (stopped ??= server.stop(patienceMs))
  t.after(async () => {
    await stop()
    rmSync(folder, { recursive: true })
  })
  const { parts } = server
  const made = await createClient(operatorContext(parts), parts.keys, {
    ...{
      tenant: 'default',
      slug: 'portal',
      name: 'Portal',
      allow: ['127.0.0.1'],
      scopes: ['users:write', 'audit:read'],
    },
    ...{ schemes: ['v1'], limits: {}, numericSub: false },
  })
  assert.ok(typeof made !== 'string', String(made))
  const signed = (body = '') => {
    const timestamp = String(Math.floor(Date.now() / 1000))
    const headers = {
      'x-client-id': 'portal',
      'x-timestamp': timestamp,
      'x-signature': sign(made.secret, timestamp, body),
    }
    return body ? { ...headers, 'content-type': 'application/json' } : headers
  }
  const ask = (send: typeof request, path: string, { body, ...options }: RequestOptions & { body?: string } = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const where = { host: '127.0.0.1', port, path, ca: pair.cert, agent: false }
      const sent = send({ ...where, method: body ? 'POST' : 'GET', ...options })
      sent.on('error', reject)
      sent.on('response', (response) => {
        const { statusCode = 0, headers } = response
        response
          .toArray()
          .then((chunks) => resolve({ status: statusCode, headers, text: Buffer.concat(chunks).toString() }), reject)
      })
      sent.end(body)
    })
  type Asked = Parameters<typeof ask>[2]
  return {
    port,
    pair,
    stop,
    signed,
    askTls: (path: string, options?: Asked) => ask(request, path, options),
    askPlain: (path: string, options?: Asked) => ask(requestPlain, path, options),
  }
}

function assertProblem({ status, headers, text }: Answer, code: ProblemCode): void {
  assert.equal(JSON.parse(text).code, code)
  assert.equal(status, problems[code].status)
  assert.equal(headers['content-type'], 'application/problem+json; charset=utf-8')
}

test('over TLS everything is answered, and every answer says that it shall stay so', async (t) => {
  const server = await serverOf(t)
  if (!server) return
  const { askTls, signed, pair, port } = server
  const body = JSON.stringify({ email: 'ada@example.test', nonce: randomUUID() })
  const long = `/${'x'.repeat(200)}/%zz`
  for (const [answer, status] of [
    [await askTls('/v1/users', { body, headers: signed(body) }), 201],
    [await askTls('/v1/users', { body }), 401],
    [await askTls('/v1/users', { headers: { 'x-client-id': 'portal' } }), 401],
    [await askTls('/v1/nothing'), 404],
    [await askTls('/nothing'), 404],
    [await askTls(long), 404],
    [await askTls('/livez'), 200],
    [await askTls('/docs'), 200],
    [await askTls('/openapi.json'), 200],
    [await askTls('/livez', { headers: { 'x-long': 'x'.repeat(20_000) } }), 431],
  ] as const) {
    assert.equal(answer.status, status, answer.text)
    assert.equal(answer.headers['strict-transport-security'], hsts)
  }
  const socket = connectTls({ port, host: '127.0.0.1', ca: pair.cert })
  socket.end('nonsense\r\n\r\n')
  assert.match(
    Buffer.concat(await socket.toArray()).toString(),
    /^HTTP\/1\.1 400 [\s\S]*strict-transport-security: max-age/,
  )
})

test('TLS 1.3 is what is spoken, and nothing older', async (t) => {
  const server = await serverOf(t)
  if (!server) return
  const { port, pair } = server
  const socket = connectTls({ port, host: '127.0.0.1', ca: pair.cert })
  await once(socket, 'secureConnect')
  assert.equal(socket.getProtocol(), 'TLSv1.3')
  socket.destroy()
  const old = connectTls({ port, host: '127.0.0.1', ca: pair.cert, maxVersion: 'TLSv1.2' })
  await assert.rejects(once(old, 'secureConnect'), /alert protocol version/)
})

test('in plain HTTP the API refuses, says why, does nothing and puts it on record', async (t) => {
  const server = await serverOf(t)
  if (!server) return
  const { askTls, askPlain, signed } = server
  const body = JSON.stringify({ email: 'ada@example.test', nonce: randomUUID() })
  const lies = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1;proto=https' }
  const plain = await askPlain('/v1/users', { body, headers: signed(body) })
  assertProblem(plain, 'https_required')
  assert.equal(JSON.parse(plain.text).detail, 'The call came from 127.0.0.1 over plain HTTP.')
  for (const answer of [
    await askPlain('/v1/users', { body, headers: { ...signed(body), ...lies } }),
    await askPlain('/v1/users'),
    await askPlain('/v1/nothing'),
    await askPlain('/docs', { method: 'POST' }),
    await askPlain('/v1/users', {
      body: 'x'.repeat(100_000),
      headers: { ...lies, 'content-type': 'application/json' },
    }),
  ]) {
    assertProblem(answer, 'https_required')
    assert.equal(answer.headers['strict-transport-security'], undefined)
  }
  assertProblem(await askPlain('http://evil.example.test/docs'), 'invalid_request')
  // The signature has not been spent by what was refused.
  assert.equal((await askTls('/v1/users', { body, headers: signed(body) })).status, 201)
  const { data } = JSON.parse((await askTls('/v1/audit-events', { headers: signed() })).text)
  const refused = data.filter((event: { type: string }) => event.type === 'request.refused')
  assert.equal(refused.length, 7)
  const codes = refused.map((event: { data: { code: string } }) => event.data.code)
  assert.deepEqual(new Set(codes), new Set(['https_required', 'invalid_request']))
})

test('in plain HTTP a page is found where the settings say that the server is, whatever the request says', async (t) => {
  const server = await serverOf(t)
  if (!server) return
  const { askPlain } = server
  for (const path of [
    '/docs',
    '/docs/errors/https_required?x=1',
    '/',
    '/nothing',
    '//evil.example.test/x',
    '/%2e%2e//x',
  ]) {
    for (const method of ['GET', 'HEAD']) {
      const headers = { host: 'evil.example.test', 'x-forwarded-host': 'evil.example.test' }
      const answer = await askPlain(path, { method, headers })
      assert.deepEqual([answer.status, answer.headers.location], [308, publicUrl + path])
      assert.equal(answer.headers['strict-transport-security'], undefined)
    }
  }
})

test('whoever watches over the process may ask in plain HTTP', async (t) => {
  const server = await serverOf(t)
  if (!server) return
  for (const path of ['/livez', '/readyz']) {
    const answer = await server.askPlain(path)
    assert.deepEqual([answer.status, answer.text], [200, '{"status":"ok"}'])
  }
})

test('it stops at once, whoever holds a connection and says nothing', async (t) => {
  const server = await serverOf(t)
  if (!server) return
  const { port, askTls, stop } = server
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  await askTls('/livez', { agent })
  const silent = connect(port, '127.0.0.1')
    .on('error', () => undefined)
    .resume()
  await once(silent, 'connect')
  const started = performance.now()
  await stop()
  assert.ok(performance.now() - started < 4000, 'it waited for somebody')
})

test('210 whoever has sent half a request, in TLS or in the clear, holds up nobody who ends the server', async (t) => {
  const server = await serverOf(t)
  if (!server) return
  const { port, pair, stop } = server
  const half = 'POST /v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{'
  const sockets = [connect(port, '127.0.0.1'), connectTls({ port, host: '127.0.0.1', ca: pair.cert })]
  for (const socket of sockets) {
    socket.on('error', () => undefined).resume()
    socket.write(half)
    // It has been understood as far as it goes: nobody signs it.
    await once(socket, 'data')
  }
  const closed = Promise.all(sockets.map((socket) => once(socket, 'close')))
  // Node alone would wait for 30 seconds.
  const started = performance.now()
  await stop(100)
  await closed
  assert.ok(performance.now() - started < 15_000, 'it waited for somebody')
})
