import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { everyOperation } from '@gatehouse/contract/every-operation'
import { type ProblemCode, problems } from '@gatehouse/contract/problems'
import { startTestServer, type TestServer } from '@gatehouse/testing/start-test-server'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(async () => {
  await server.stop()
  assert.deepEqual(server.failures, [])
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends bytes as they are and reads until the server closes. */
function exchange(...lines: readonly string[]): Promise<Answer> {
  return exchangeOn(Number(new URL(server.url).port), lines)
}

async function exchangeOn(port: number, lines: readonly string[]): Promise<Answer> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.write(lines.join('\r\n'))
  await once(socket, 'close')
  const [head = '', ...body] = Buffer.concat(chunks).toString().split('\r\n\r\n')
  const [start = '', ...fields] = head.split('\r\n')
  const headers = fields.map((field) => [field.split(':', 1)[0]?.toLowerCase(), field.slice(field.indexOf(':') + 2)])
  return { status: Number(start.split(' ')[1]), headers: Object.fromEntries(headers), body: body.join('\r\n\r\n') }
}

/** One request with a header block, which asks the server to close after it. */
function send(line: string, ...rest: readonly string[]): Promise<Answer> {
  return exchange(
    `${line} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    ...rest,
    ...(rest.length > 0 ? [] : ['', '']),
  )
}

function assertProblem({ status, headers, body }: Answer, code: ProblemCode): void {
  assert.equal(status, problems[code].status, body)
  const problem = JSON.parse(body)
  assert.deepEqual([problem.code, problem.status, problem.request_id], [code, status, headers['x-request-id']])
  assert.match(headers['x-request-id'] ?? '', /^req_[0-9a-z]{26}$/)
  assert.equal(headers['content-type'], 'application/problem+json; charset=utf-8')
  assert.equal(headers['content-length'], String(Buffer.byteLength(body)))
  assertSafe(headers)
}

function assertSafe(headers: Answer['headers']): void {
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers['referrer-policy'], 'no-referrer')
  assert.match(headers['content-security-policy'] ?? '', /^default-src 'none'/)
  for (const name of ['server', 'x-powered-by', 'access-control-allow-origin', 'set-cookie']) {
    assert.equal(headers[name], undefined, name)
  }
}

test('195: what is not a problem has the same safe headers', async () => {
  for (const path of ['/livez', '/readyz', '/openapi.json']) {
    const answer = await send(`GET ${path}`)
    assert.equal(answer.status, 200, path)
    assertSafe(answer.headers)
  }
})

test('a path that is not there is a problem document, in every spelling', async () => {
  const paths = `/ /v1 /v2/users //v1/users /V1/users /v1/USERS /v1/users/x/y/z /v1/users;x /.env /../etc/passwd
    /v1/users/%zz /v1/users/% /% /v1/users/${'a'.repeat(65)} /${'a'.repeat(8000)}`
  for (const path of paths.split(/\s+/)) assertProblem(await send(`GET ${path}`), 'not_found')
})

test('a path answers its own methods, and says which they are', async () => {
  const methods = ['GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS', 'TRACE', 'PROPFIND']
  // A path of its own may also stand in the place of an id.
  const fits = (form: string, path: string) => new RegExp(`^${form.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)
  for (const path of everyOperation.map((operation) => operation.path.replace('{id}', 'x'))) {
    const own = [...new Set(everyOperation.filter((each) => fits(each.path, path)).map(({ method }) => String(method)))]
    for (const method of methods.filter((one) => !own.includes(one))) {
      const answer = await send(`${method} ${path}`)
      assertProblem(answer, 'method_not_allowed')
      assert.deepEqual(answer.headers['allow']?.split(', ').toSorted(), own.toSorted(), `${method} ${path}`)
    }
  }
  const { status, body } = await send('HEAD /v1/users')
  assert.deepEqual([status, body], [405, ''])
})

test('what Node cannot read as HTTP is a problem document, and the connection ends', async () => {
  const host = 'Host: localhost'
  const post = ['POST /v1/users HTTP/1.1', host, 'Content-Type: application/json']
  const second = ['GET /livez HTTP/1.1', host, '', '']
  const broken: Record<string, readonly string[]> = {
    'two framings': [...post, 'Content-Length: 4', 'Transfer-Encoding: chunked', '', '0', '', ...second],
    'two lengths': [...post, 'Content-Length: 2', 'Content-Length: 2', '', '{}', ...second],
    'a length that is none': [...post, 'Content-Length: 0x2', '', '{}', ...second],
    'a folded header': ['GET /livez HTTP/1.1', host, 'X-A: b', ' c', '', '', ...second],
    'a space before the colon': ['GET /livez HTTP/1.1', host, 'X-A : b', '', '', ...second],
    'a bare line feed': [`GET /livez HTTP/1.1\n${host}`, '', '', ...second],
    'an unknown method': ['FETCH /livez HTTP/1.1', host, '', '', ...second],
    'no HTTP at all': ['\u0016\u0003\u0001', '', '', ...second],
  }
  for (const [name, lines] of Object.entries(broken)) {
    const answer = await exchange(...lines)
    assertProblem(answer, 'invalid_request')
    assert.equal(answer.headers['connection'], 'close', name)
  }
  assertProblem(await send('GET /livez', `X-A: ${'a'.repeat(20_000)}`, '', ''), 'headers_too_large')
})

test('a body that breaks after its request was refused gets no second answer', async () => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  let answered = ''
  socket.on('data', (chunk: Buffer) => (answered += chunk))
  const head = ['POST /v1/users HTTP/1.1', 'Host: localhost', 'Content-Type: application/json']
  socket.write([...head, 'Transfer-Encoding: chunked', '', '1', '{', ''].join('\r\n'))
  await once(socket, 'data')
  socket.write('no size\r\n')
  await once(socket, 'close')
  assert.equal(answered.split('HTTP/1.1 ').length - 1, 1, answered)
})

test('a caller who asks for a tunnel and hangs up does not take the server along', async () => {
  for (let round = 0; round < 10; round++) {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(socket, 'data')
    socket.write('CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n')
    socket.resetAndDestroy()
    assert.equal((await send('GET /livez')).status, 200)
  }
})

test('who asks for a tunnel gets an answer, and no connection that they can keep', async () => {
  const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => undefined)
  socket.write('CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n')
  const [answer] = await once(socket, 'data')
  assert.match(String(answer), /^HTTP\/1\.1 405 /)
  while (!socket.errored) await new Promise((written) => socket.write('x', written))
})

test('what comes behind a request and is no HTTP does not get the answer that the request waits for', async () => {
  const auditor = await server.client({ tenant: 'default' })
  const ask = ['GET /v1/users HTTP/1.1', 'Host: localhost', 'X-Client-Id: nobody', '', '']
  const page = await exchange('GET /livez HTTP/1.1', 'Host: localhost', '', 'nonsense', '', '')
  assert.deepEqual([page.status, page.headers['connection']], [200, 'close'])
  for (const behind of [
    ['nonsense', '', ''],
    ['GET /livez HTTP/1.1', 'Host : b', '', ''],
  ]) {
    const { status, headers, body } = await exchange(...ask.slice(0, -1), behind.join('\r\n'))
    assert.deepEqual([status, JSON.parse(body).code, headers['connection']], [403, 'client_not_allowed', 'close'])
    const { data } = await auditor.auditEvents.listPage({ limit: 2, action: 'request_refused' })
    assert.deepEqual(data.map((event) => event.data['code']).toSorted(), ['client_not_allowed', 'invalid_request'])
  }
  assert.equal((await exchange(...ask.slice(0, -1), 'CONNECT a:1 HTTP/1.1', 'Host: a', '', '')).body, '')
})

test('what is no HTTP is refused behind an answer that left before its request was read to the end', async (t) => {
  const strict = await startTestServer({ policy: { strangerRefusalsPerMinute: 1 } })
  t.after(() => strict.stop())
  const port = Number(new URL(strict.url).port)
  const ask = ['GET /v1/users HTTP/1.1', 'Host: localhost', 'X-Client-Id: nobody']
  // From here on it is known at once that there are too many.
  for (const status of [403, 429]) {
    assert.equal((await exchangeOn(port, [...ask, 'Connection: close', '', ''])).status, status)
  }
  const { status, headers, body } = await exchangeOn(port, [...ask, '', 'nonsense', '', ''])
  assert.deepEqual([status, headers['connection']], [429, 'keep-alive'])
  assert.match(body, /rate_limited.*HTTP\/1\.1 400 .*connection: close\r\n\r\n.*invalid_request/s)
})

test('who asks for another protocol gets an answer, and the connection ends', async () => {
  const lines = ['Host: localhost', 'Connection: Upgrade', 'Upgrade: h2c', '', '']
  for (const path of ['/livez', '/v1/users']) {
    const answer = await exchange(`GET ${path} HTTP/1.1`, ...lines)
    assert.equal(answer.headers['connection'], 'close', path)
  }
})

test('what Fastify refuses of a body is a problem document', async () => {
  const { slug } = await server.createClient()
  const post = (headers: readonly string[], body = '') =>
    send('POST /v1/auth/login', `X-Client-Id: ${slug}`, ...headers, '', body)
  const json = 'Content-Type: application/json'
  assertProblem(await post([json, 'Content-Length: 65537']), 'payload_too_large')
  assertProblem(await post([json, 'Content-Length: 1000000000000']), 'payload_too_large')
  const chunk = `${(70_000).toString(16)}\r\n${'x'.repeat(70_000)}\r\n0\r\n\r\n`
  assertProblem(await post([json, 'Transfer-Encoding: chunked'], chunk), 'payload_too_large')
  for (const type of [
    'text/plain',
    'application/jsonp',
    'application/x-www-form-urlencoded',
    ';',
    'application/json, text/plain',
  ]) {
    assertProblem(await post([`Content-Type: ${type}`, 'Content-Length: 2'], '{}'), 'unsupported_media_type')
  }
  assertProblem(await post(['Content-Length: 2'], '{}'), 'unsupported_media_type')
  // Whoever has no right to speak is told so before anything is said of the body.
  assertProblem(
    await send('POST /v1/auth/login', 'X-Client-Id: nobody', json, 'Content-Length: 65537', '', ''),
    'client_not_allowed',
  )
})

test('who is refused before a body that is too long, or that has no length, is not listened to any more', async () => {
  for (const length of ['Content-Length: 1000000000', 'Transfer-Encoding: chunked']) {
    for (const path of ['/v1/auth/login', '/v1/nowhere', '/nowhere']) {
      const fields = ['Host: localhost', 'X-Client-Id: nobody', 'Content-Type: application/json', length, '', '']
      const answer = await exchange(`POST ${path} HTTP/1.1`, ...fields)
      assertProblem(answer, path === '/v1/auth/login' ? 'client_not_allowed' : 'not_found')
      assert.equal(answer.headers['connection'], 'close', `${path} ${length}`)
    }
  }
})

test('a page that reads no body, or not this one, does not listen to a long one either', async () => {
  for (const length of ['Content-Length: 1000000000', 'Transfer-Encoding: chunked']) {
    for (const [line, status] of [
      ['GET /livez', 200],
      ['POST /not-me', 415],
      ['POST /oauth/token', 400],
    ] as const) {
      const answer = await exchange(`${line} HTTP/1.1`, 'Host: localhost', 'Content-Type: text/plain', length, '', '')
      assert.deepEqual([answer.status, answer.headers['connection']], [status, 'close'], `${line} ${length}`)
    }
  }
})

test('what stands behind a body that is too long is not carried out: nobody would get its answer', async () => {
  const { slug } = await server.createClient()
  const auditor = await server.client()
  const lines = ['Host: localhost', `X-Client-Id: ${slug}`]
  const chunk = `${(70_000).toString(16)}\r\n${'x'.repeat(70_000)}\r\n0\r\n\r\n`
  const long = [
    'POST /v1/auth/login HTTP/1.1',
    ...lines,
    'Content-Type: application/json',
    'Transfer-Encoding: chunked',
  ]
  const behind = ['GET /v1/users HTTP/1.1', ...lines, '', ''].join('\r\n')
  const { status } = await exchange(...long, '', chunk + behind)
  assert.equal(status, 413)
  const { data } = await auditor.auditEvents.listPage({ limit: 5, action: 'request_refused' })
  assert.equal(data[0]?.data['code'], 'payload_too_large')
  assert.ok(!data.some((event) => event.data['operation'] === 'listUsers'))
})

test('what stands behind a form that is too long, or a wish for another protocol, is not carried out either', async () => {
  const auditor = await server.client({ tenant: 'default' })
  const host = 'Host: localhost'
  const form = [host, 'Content-Type: application/x-www-form-urlencoded']
  const body = 'x'.repeat(70_000)
  const behind = ['GET /v1/nowhere HTTP/1.1', host, 'X-Request-Id: came-behind', '', ''].join('\r\n')
  for (const [ask, status] of [
    [['POST /oauth/token HTTP/1.1', ...form, 'Content-Length: 70000', '', body], 400],
    [['POST /not-me HTTP/1.1', ...form, 'Transfer-Encoding: chunked', '', '11170', body, '0', '', ''], 413],
    [['POST /v1/upgrade HTTP/1.1', host, 'Connection: Upgrade', 'Upgrade: h2c', 'Content-Length: 2', '', '{}'], 404],
  ] as const) {
    assert.equal((await exchange(`${ask.join('\r\n')}${behind}`)).status, status)
    const { data } = await auditor.auditEvents.listPage({ limit: 5, action: 'request_refused' })
    assert.ok(!data.some((event) => event.request_id === 'came-behind'), ask[0])
  }
})

test('a caller who hangs up in the middle of a body is no failure of ours', async () => {
  const { slug } = await server.createClient()
  const auditor = await server.client()
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  const fields = [`X-Client-Id: ${slug}`, 'Content-Type: application/json', 'Content-Length: 9', 'Expect: 100-continue']
  socket.write(['POST /v1/auth/login HTTP/1.1', 'Host: localhost', ...fields, '', '{'].join('\r\n'))
  await once(socket, 'data')
  socket.destroy()
  const refusals = async () => (await auditor.auditEvents.listPage({ limit: 1, action: 'request_refused' })).data
  let [refusal] = await refusals()
  for (let round = 0; round < 1000 && refusal?.data['claimed_client'] !== slug; round++) [refusal] = await refusals()
  assert.deepEqual(refusal?.data, { code: 'invalid_request', operation: 'login', claimed_client: slug })
  assert.deepEqual(server.failures, [])
})

test('what is no operation and what is no HTTP is on record, too, once each', async () => {
  const reader = await server.client({ tenant: 'default' })
  const readRecord = async () => (await reader.auditEvents.listPage({ action: 'request_refused', limit: 1 })).data[0]
  for (const [ask, code] of [
    [() => send('GET /v1/nowhere'), 'not_found'],
    [() => send('DELETE /v1/users'), 'method_not_allowed'],
    [() => exchange('nonsense', '', ''), 'invalid_request'],
  ] as const) {
    const before = await readRecord()
    const answer = await ask()
    let event = await readRecord()
    // The answer to what is no HTTP does not wait for its event.
    while (code === 'invalid_request' && event?.id === before?.id) event = await readRecord()
    assert.notEqual(event?.id, before?.id)
    assert.deepEqual(event?.data, { code, operation: null, claimed_client: null })
    assert.equal(event?.request_id, answer.headers['x-request-id'])
    assert.equal(event?.ip_address, '127.0.0.1')
  }
})
