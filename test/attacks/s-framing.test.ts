import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { everyOperation } from '@gatehouse/contract/every-operation'
import type { Gatehouse } from '@gatehouse/sdk'
import { type App, attack, attackOnSqlite, jsonWithNonce, sign } from './support.ts'

interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends bytes as they are in one piece, and gives all answers that come before the server closes or falls silent. */
function exchange(app: App, text: string): Promise<readonly RawAnswer[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(app.house.server.url).port), '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', reject)
    socket.setTimeout(1000, () => socket.destroy())
    socket.on('close', () => resolve(answersOf(Buffer.concat(chunks).toString('latin1'))))
    socket.write(text)
  })
}

function answersOf(text: string): readonly RawAnswer[] {
  const answers: RawAnswer[] = []
  for (let rest = text; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n')
    const [start = '', ...fields] = rest.slice(0, end).split('\r\n')
    const headers = Object.fromEntries(
      fields.map((field) => [field.slice(0, field.indexOf(':')).toLowerCase(), field.slice(field.indexOf(':') + 2)]),
    )
    const length = Number(headers['content-length'] ?? 0)
    answers.push({ status: Number(start.split(' ')[1]), headers, body: rest.slice(end + 4, end + 4 + length) })
    rest = rest.slice(end + 4 + length)
  }
  return answers
}

/** A request that makes a user, signed as an honest client does, with other lines in it. */
function createUser(app: App, { line = 'POST /v1/users HTTP/1.1', fields = [] as readonly string[] } = {}): string {
  const body = jsonWithNonce({ email: `smuggled-${randomUUID()}@example.test` })
  const timestamp = String(Math.floor(app.house.server.clock.now().getTime() / 1000))
  return [
    line,
    'Host: localhost',
    `X-Client-Id: ${app.slug}`,
    `X-Timestamp: ${timestamp}`,
    `X-Signature: ${sign(app.secret, timestamp, body)}`,
    'Content-Type: application/json',
    ...fields,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

function assertProblem({ status, headers, body }: RawAnswer, wanted: number): void {
  assert.equal(status, wanted, body)
  assert.equal(headers['content-type'], 'application/problem+json; charset=utf-8')
  assert.equal(headers['connection'], 'close')
  const problem = JSON.parse(body)
  assert.deepEqual([problem.status, problem.request_id], [wanted, headers['x-request-id']])
}

/** What was refused last, in either tenant: what is no HTTP is nobody's, and stands in the first one's record. */
async function newestRefusals(app: App, auditor: Gatehouse): Promise<string> {
  const pages = [app.sdk, auditor].map((sdk) => sdk.auditEvents.listPage({ limit: 1, action: 'request_refused' }))
  return (await Promise.all(pages)).map(({ data }) => data[0]?.id).join()
}

/** Asserts that the first is refused, that what stands behind it on the connection is not done, and that both is on record. */
async function assertEnds(app: App, name: string, request: string, status = 400): Promise<void> {
  const before = await app.look()
  const auditor = await app.house.server.client({ tenant: 'default' })
  const last = await newestRefusals(app, auditor)
  const record = await app.house.recordOf(async () => {
    const answers = await exchange(app, request + createUser(app))
    assert.equal(answers.length, 1, `${name}: ${answers.map(({ status }) => status)}`)
    assertProblem(answers[0] ?? assert.fail(name), status)
    // The answer to what is no HTTP does not wait for the record.
    for (let round = 0; round < 1000 && (await newestRefusals(app, auditor)) === last; round++);
  })
  assert.deepEqual(
    record.map(({ type }) => type),
    ['request.refused'],
    name,
  )
  assert.deepEqual(await app.look(), before, name)
}

attackOnSqlite('194 an honest request is served, and so is one behind it on the same connection', async (app) => {
  const answers = await exchange(app, createUser(app) + createUser(app, { fields: ['Connection: close'] }))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201],
  )
})

attack('194 a request that could be read in two ways is refused, and nothing behind it is done', async (app) => {
  const chunked = (body: string) =>
    createUser(app, { fields: ['Connection: keep-alive'] })
      .replace(/Content-Length: .*/, 'Transfer-Encoding: chunked')
      .replace(/\r\n\r\n.*$/, `\r\n\r\n${body}`)
  const doubtful: Readonly<Record<string, string>> = {
    'two hosts': createUser(app, { fields: ['Host: other.example'] }),
    'one host twice': createUser(app, { fields: ['hOST: localhost'] }),
    'no host': createUser(app).replace('Host: localhost\r\n', ''),
    'an absolute request line': createUser(app, { line: 'POST http://localhost/v1/users HTTP/1.1' }),
    'an absolute request line of another host': createUser(app, {
      line: 'POST http://other.example/v1/users HTTP/1.1',
    }),
    'a request line of a host': createUser(app, { line: 'POST localhost:80 HTTP/1.1' }),
    'no path': createUser(app, { line: 'POST * HTTP/1.1' }),
    'two framings': createUser(app, { fields: ['Transfer-Encoding: chunked'] }),
    'two lengths': createUser(app, { fields: ['Content-Length: 2'] }),
    'one length twice in one line': createUser(app).replace(/(Content-Length: )(\d+)/, '$1$2, $2'),
    'a length with a sign': createUser(app).replace('Content-Length: ', 'Content-Length: +'),
    'a framing that is none': createUser(app, { fields: ['Transfer-Encoding: xchunked'] }),
    'a framing under another name': createUser(app, { fields: ['Transfer-Encoding : chunked'] }),
    'a folded header': createUser(app, { fields: ['X-A: b', ' c'] }),
    'a bare line feed': createUser(app, { fields: ['X-A: b\nX-B: c'] }),
    'a bare carriage return': createUser(app, { fields: ['X-A: b\rX-B: c'] }),
    'a header with a zero byte': createUser(app, { fields: ['X-A: b\0c'] }),
    'a chunk size that is none': chunked('zz\r\n{}\r\n0\r\n\r\n'),
    'a chunk size without end': chunked('fffffffffffffffff\r\n{}\r\n0\r\n\r\n'),
    'a chunk that is longer than it says': chunked('1\r\n{}\r\n0\r\n\r\n'),
    'a chunk that ends in a bare line feed': chunked('2\r\n{}\n0\r\n\r\n'),
    'another method in a header': createUser(app, { fields: ['X-HTTP-Method-Override: DELETE'] }),
    'another method in a header of another name': createUser(app, { fields: ['X-Method-Override: GET'] }),
    'an unknown method': createUser(app, { line: 'SMUGGLE /v1/users HTTP/1.1' }),
    'an unknown version': createUser(app, { line: 'POST /v1/users HTTP/3.0' }),
    'no HTTP at all': '\u0016\u0003\u0001\r\n\r\n',
  }
  for (const [name, request] of Object.entries(doubtful)) await assertEnds(app, name, request)
  await assertEnds(app, 'a tunnel', createUser(app, { line: 'CONNECT other.example:443 HTTP/1.1' }), 405)
  await assertEnds(app, 'an expectation', createUser(app, { fields: ['Expect: a-miracle'] }), 417)
})

attackOnSqlite('194 TRACE gives nothing back, and no path answers a method that is not its own', async (app) => {
  for (const path of ['/v1/users', '/livez', '/openapi.json']) {
    const secret = 'X-Secret: what a script wants to see'
    const [answer] = await exchange(
      app,
      `TRACE ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${secret}\r\n\r\n`,
    )
    assert.ok(answer && [404, 405].includes(answer.status), `${path} ${answer?.status}`)
    assert.ok(!answer.body.includes('script'), path)
  }
})

attack('195 no answer may be kept, guessed at, or read by the script of another site', async (app) => {
  const own = (await app.createUser()).id
  const answers = [
    await app.send({ path: '/v1/users', body: { email: 'safe@example.test' } }),
    await app.send({ path: `/v1/users/${own}` }),
    await app.send({ path: '/v1/users?limit=1', headers: { origin: 'https://evil.example' } }),
    await app.send({ path: '/v1/users', headers: { 'x-signature': undefined } }),
    await app.send({ path: '/v1/nowhere' }),
    await app.send({ path: '/v1/users', method: 'PUT', body: {} }),
    await app.send({ path: '/livez' }),
    await app.send({ path: '/readyz' }),
    await app.send({ path: '/openapi.json' }),
    ...(await Promise.all(
      [...new Set(everyOperation.map(({ path }) => path))].map((path) =>
        app.send({
          method: 'OPTIONS',
          path: path.replace(/\{\w+\}/g, own),
          headers: {
            origin: 'https://evil.example',
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'x-signature',
          },
        }),
      ),
    )),
  ]
  for (const { headers, status, text } of answers) {
    assert.equal(headers['cache-control'], 'no-store', text)
    assert.equal(headers['x-content-type-options'], 'nosniff', text)
    assert.equal(headers['referrer-policy'], 'no-referrer', text)
    assert.match(String(headers['content-security-policy']), /default-src 'none'/, text)
    const telling = Object.keys(headers).filter((name) =>
      /^(server|via|x-powered-by|x-runtime|set-cookie|access-control-.*)$/.test(name),
    )
    assert.deepEqual(telling, [], `${status} ${text}`)
    assert.doesNotMatch(text, /fastify|node\.js|node_modules|\bat .*\.[jt]s:/i)
  }
  for (const { status, text } of answers.slice(9)) {
    assert.equal(status, 405, text)
    assert.ok(!text.includes(own), 'OPTIONS tells whether something is there')
  }
})
