import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { everyOperation } from '@gatehouse/contract/every-operation'
import { createGatehouse, type GatehouseOptions, isGatehouseError } from './client.ts'

const clientId = 'customer-portal'
const secret = 'gh_test_0123456789abcdefghijklmnopqrstuvwxyz'
const userId = 'usr_01hrz3q8x0e5t9v2b7n4m6k8p1'
/** What these tests are about is one try. */
const once = { retries: { max: 0 } }
const now = () => new Date('2026-11-21T10:00:00.900Z')

interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}
type Answer = (request: Received, response: ServerResponse) => void

/** A server that writes down what arrives and answers as the test says. */
async function listen(t: TestContext, answer: Answer) {
  const received: Received[] = []
  const server = createServer((incoming, response) => {
    const { method = '', url = '', headers } = incoming
    void buffer(incoming).then((body) => {
      received.push({ method, url, headers, body })
      answer({ method, url, headers, body }, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close().closeAllConnections())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const connect = (options: GatehouseOptions = {}) =>
    createGatehouse({ url, clientId, secret, now, ...once, ...options })
  return { url, received, connect }
}

function json(value: unknown, status = 200): Answer {
  return (_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

/** Where nobody listens any more. */
async function closedUrl(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

/** The error that a call ends in. */
async function errorOf(call: Promise<unknown>) {
  const error = await call.then(
    () => assert.fail('the call should have failed'),
    (reason: unknown) => reason,
  )
  assert.ok(isGatehouseError(error), inspect(error))
  return error
}

/** A body without the nonce that makes it differ from its twins. */
function inputOf(body: Buffer): unknown {
  const { nonce, ...input } = JSON.parse(body.toString())
  assert.match(nonce, /^[0-9a-z]{12,24}$/)
  return input
}

/** What X-Signature must be by v2 for exactly this request. */
function signatureOfV2({ method, url, headers, body }: Received): string {
  const [timestamp, nonce, host] = ['x-timestamp', 'x-nonce', 'host'].map((name) => headers[name])
  const bodyHash = createHash('sha256').update(body).digest('hex')
  const lines = ['gatehouse-v2', clientId, timestamp, nonce, method, host, url, bodyHash]
  return `v2=${createHmac('sha256', secret).update(lines.join('\n')).digest('hex')}`
}

test('a call signs all that it sends: line, host, time and bytes', async (t) => {
  const { url, received, connect } = await listen(t, json({ data: [], has_more: false, next_cursor: null }))
  await connect().auth.login({ email: 'zoë@example.test', password: 'p/ss é🔑' })
  await connect().users.listPage({ email: "a+b'c@example.test", limit: 5 })
  await connect({ url: url.replace('127.0.0.1', 'LOCALHOST') }).factors.remove({ id: 'fac_01hrz3q8x0e5t9v2b7n4m6k8p1' })
  assert.equal(received.length, 3)
  for (const request of received) {
    assert.equal(request.headers['x-client-id'], clientId)
    assert.equal(request.headers['x-timestamp'], '1795255200')
    assert.match(String(request.headers['x-nonce']), /^[0-9a-f]{24}$/)
    assert.equal(request.headers['x-signature'], signatureOfV2(request))
  }
  assert.equal(new Set(received.map(({ headers }) => headers['x-nonce'])).size, 3)
})

test('by the classic scheme a call signs exactly the bytes that it sends', async (t) => {
  const { received, connect } = await listen(t, json({}))
  await connect({ scheme: 'v1' }).auth.login({ email: 'zoë@example.test', password: 'p/ss é🔑' })
  const [{ method, url, headers, body }] = received as [Received]
  assert.deepEqual([method, url], ['POST', '/v1/auth/login'])
  assert.equal(headers['x-client-id'], clientId)
  assert.equal(headers['x-timestamp'], '1795255200')
  const mac = createHmac('sha256', secret).update('1795255200.').update(body).digest('hex')
  assert.equal(headers['x-signature'], `sha256=${mac}`)
  assert.equal(headers['content-type'], 'application/json')
  assert.deepEqual(inputOf(body), { email: 'zoë@example.test', password: 'p/ss é🔑' })
})

test('the same call twice in a second has two signatures, by the classic scheme too', async (t) => {
  const { received, connect } = await listen(t, json({ active: true }))
  for (let call = 0; call < 3; call++) await connect({ scheme: 'v1' }).tokens.validate({ token: 'token' })
  assert.equal(new Set(received.map(({ headers }) => headers['x-signature'])).size, 3)
  for (const { body } of received) assert.deepEqual(inputOf(body), { token: 'token' })
})

test('a reading call has its input in the query and signs an empty body by the classic scheme', async (t) => {
  const { received, connect } = await listen(t, json({ data: [], has_more: false, next_cursor: null }))
  await connect({ scheme: 'v1' }).users.listPage({ email: 'a+b@example.test', limit: 5, cursor: undefined })
  const [{ method, url, headers, body }] = received as [Received]
  assert.deepEqual([method, url, body.length], ['GET', '/v1/users?email=a%2Bb%40example.test&limit=5', 0])
  assert.equal(headers['content-type'], undefined)
  const mac = createHmac('sha256', secret).update('1795255200.').digest('hex')
  assert.equal(headers['x-signature'], `sha256=${mac}`)
})

test('an id stands in the path and not in the body, and what changes something has a body', async (t) => {
  const { received, connect } = await listen(t, json({}))
  const gatehouse = connect()
  await gatehouse.users.disable({ id: userId, reason: 'left' })
  await gatehouse.factors.remove({ id: 'fac_01hrz3q8x0e5t9v2b7n4m6k8p1' })
  assert.deepEqual(
    received.map(({ method, url, body }) => [method, url, inputOf(body)]),
    [
      ['POST', `/v1/users/${userId}/disable`, { reason: 'left' }],
      ['DELETE', '/v1/factors/fac_01hrz3q8x0e5t9v2b7n4m6k8p1', {}],
    ],
  )
})

test('an id that leads to another path is refused here and never sent', async (t) => {
  const { received, connect } = await listen(t, json({}))
  for (const id of ['..', '.', '', '../auth/login', 'usr_1/disable', '%2e%2e', 'usr_1?x', undefined]) {
    const error = await errorOf(connect().users.get({ id: id as typeof userId }))
    assert.equal(error.code, 'invalid_request')
    assert.equal(error.errors[0]?.pointer, '/id')
  }
  assert.equal(received.length, 0)
})

// An export is a file: what it holds is listed as well.
test('every operation of the contract has a method', async (t) => {
  const { received, connect } = await listen(t, json({ data: [], has_more: false, next_cursor: null }))
  const secretId = 'sec_01hrz3q8x0e5t9v2b7n4m6k8p1'
  const call = async (group: object): Promise<void> => {
    for (const [name, value] of Object.entries(group)) {
      if (typeof value === 'object') await call(value)
      else if (name === 'list' && Symbol.asyncIterator in value({ id: userId })) for await (const _ of value()) break
      else await value({ id: userId, secret_id: secretId, kind: 'code', language: 'de' })
    }
  }
  await call(connect())
  await call(connect().me('token'))
  const called = new Set(
    received.map(
      ({ method, url }) =>
        `${method} ${url.replace(/\?.*/, '').replace(userId, '{id}').replace(secretId, '{secret_id}').replace('/code/de', '/{kind}/{language}')}`,
    ),
  )
  for (const { method, path } of everyOperation.filter(
    ({ caller, media }) => caller !== 'public' && caller !== 'admin' && !media,
  ))
    assert.ok(called.has(`${method} ${path}`), `${method} ${path}`)
})

test('a list runs through all pages, and fetches no page that nobody wants', async (t) => {
  const pages = [
    { data: [{ id: 1 }, { id: 2 }], has_more: true, next_cursor: 'c2' },
    { data: [], has_more: true, next_cursor: 'c3' },
    { data: [{ id: 3 }], has_more: false, next_cursor: null },
  ]
  const { received, connect } = await listen(t, (request, response) => {
    const cursor = new URLSearchParams(request.url.split('?')[1]).get('cursor')
    json(pages[cursor === null ? 0 : Number(cursor.slice(1)) - 1])(request, response)
  })
  const { list } = connect().auditEvents
  const rows = []
  for await (const row of list({ action: 'login' })) rows.push(row)
  assert.deepEqual(rows, [{ id: 1 }, { id: 2 }, { id: 3 }])
  assert.deepEqual(
    received.map(({ url }) => url),
    ['', '&cursor=c2', '&cursor=c3'].map((rest) => `/v1/audit-events?action=login${rest}`),
  )
  received.splice(0)
  for await (const _ of list()) break
  assert.equal(received.length, 1)
})

test('a refusal becomes an error with all that was said', async (t) => {
  const problem = {
    type: 'https://gatehouse.example/docs/errors/rate_limited',
    title: 'Too many requests',
    status: 429,
    detail: 'Ten sign-ins in a minute.',
    code: 'rate_limited',
    hint: 'Wait.',
    request_id: 'req_1',
    errors: [{ pointer: '/email', code: 'format' }],
    retry_after_seconds: 30,
  }
  const { connect } = await listen(t, json(problem, 429))
  const error = await errorOf(connect().auth.login({ email: 'a@example.test', password: 'very secret words' }))
  assert.deepEqual(
    { ...error },
    {
      name: 'GatehouseError',
      code: 'rate_limited',
      kind: 'rate_limit',
      status: 429,
      requestId: 'req_1',
      hint: 'Wait.',
      docsUrl: 'https://gatehouse.example/docs/errors/rate_limited',
      retryAfterSeconds: 30,
      serverTime: undefined,
      captcha: undefined,
      errors: [{ pointer: '/email', code: 'format' }],
    },
  )
  assert.equal(error.message, 'Too many requests. Ten sign-ins in a minute. (rate_limited, req_1)')
})

test('the guard knows an error by its code, and the error of another copy of the package', async () => {
  const copy = './gatehouse-error.ts?copy'
  const { isGatehouseError: guardOfCopy } = await import(copy)
  const error = await errorOf(
    createGatehouse({ url: await closedUrl(), clientId, secret, ...once }).users.get({ id: userId }),
  )
  assert.ok(guardOfCopy(error) && guardOfCopy(error, 'connection_failed'))
  assert.equal(isGatehouseError(error, 'timeout'), false)
  for (const other of [new Error('x'), undefined, null, 'timeout', { name: 'GatehouseError' }]) {
    assert.equal(isGatehouseError(other), false)
  }
})

test('a wrong clock is corrected once, by what the server says, and stays corrected', async (t) => {
  const serverTime = new Date(now().getTime() + 3_600_000)
  const { received, connect } = await listen(t, (request, response) => {
    const skew = serverTime.getTime() / 1000 - Number(request.headers['x-timestamp'])
    if (Math.abs(skew) < 300) return json({ active: false })(request, response)
    const code = 'signature_timestamp_out_of_range'
    json({ title: 'Off', code, server_time: serverTime.toISOString() }, 401)(request, response)
  })
  const gatehouse = connect()
  assert.deepEqual(await gatehouse.tokens.validate({ token: 'token' }), { active: false })
  assert.equal(received.length, 2)
  await gatehouse.tokens.validate({ token: 'token' })
  assert.equal(received.length, 3)
})

test('a clock that cannot be corrected is an error after the second try', async (t) => {
  const code = 'signature_timestamp_out_of_range'
  for (const server_time of [now().toISOString(), undefined, 'never']) {
    const { received, connect } = await listen(t, json({ title: 'Off', code, server_time }, 401))
    assert.equal((await errorOf(connect().tokens.validate({ token: 'token' }))).code, code)
    assert.equal(received.length, server_time === now().toISOString() ? 2 : 1)
  }
})

test('no server, no answer in time and the answer of something else have codes of their own', async (t) => {
  const url = await closedUrl()
  const refused = await errorOf(createGatehouse({ url, clientId, secret, ...once }).users.get({ id: userId }))
  assert.deepEqual([refused.code, refused.status], ['connection_failed', undefined])
  assert.equal(refused.message, `${url} cannot be reached: ECONNREFUSED (connection_failed)`)

  const silent = await listen(t, () => {})
  const late = await errorOf(silent.connect({ timeoutMs: 50 }).users.get({ id: userId }))
  assert.equal(late.code, 'timeout')

  const halfway = await listen(t, (_, response) => response.writeHead(200, { 'content-length': '99' }).write('{"a":'))
  assert.equal((await errorOf(halfway.connect({ timeoutMs: 50 }).users.get({ id: userId }))).code, 'timeout')

  const proxy = await listen(t, (_, response) => response.writeHead(502).end('<h1>Bad gateway</h1>'))
  const strange = await errorOf(proxy.connect().users.get({ id: userId }))
  assert.deepEqual([strange.code, strange.status], ['unexpected_answer', 502])
})

test('a redirect is not followed: it would carry the signed body away', async (t) => {
  const elsewhere = await listen(t, json({}))
  const { connect } = await listen(t, (_, response) => response.writeHead(307, { location: elsewhere.url }).end())
  const error = await errorOf(connect().auth.login({ email: 'a@example.test', password: 'very secret words' }))
  assert.deepEqual([error.code, error.status], ['unexpected_answer', 307])
  assert.equal(elsewhere.received.length, 0)
})

test('neither the client nor its errors show the secret or what was sent', async () => {
  const gatehouse = createGatehouse({ url: await closedUrl(), clientId, secret, ...once })
  const error = await errorOf(gatehouse.auth.login({ email: 'a@example.test', password: 'very secret words' }))
  for (const shown of [gatehouse, error]) {
    const text = inspect(shown, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(shown)
    assert.ok(!text.includes(secret) && !text.includes('very secret words'))
  }
})

test('a failed call is made again after one, two and four seconds, with a signature of its own each time', async (t) => {
  let failures = 3
  const { received, connect } = await listen(t, (request, response) => {
    const busy = { title: 'Busy', code: 'overloaded' }
    json(failures-- > 0 ? busy : { id: userId }, failures >= 0 ? 503 : 200)(request, response)
  })
  const waited: number[] = []
  const wait = async (ms: number) => void waited.push(ms)
  const gatehouse = connect({ retries: {}, wait, chance: () => 0.5 })
  await gatehouse.users.create({ email: 'a@example.test' })
  assert.deepEqual(waited, [1000, 2000, 4000])
  assert.equal(new Set(received.map(({ headers }) => headers['x-nonce'])).size, 4)
  for (const request of received) assert.equal(request.headers['x-signature'], signatureOfV2(request))
  failures = 4
  assert.equal((await errorOf(gatehouse.users.create({ email: 'a@example.test' }))).kind, 'server')
  assert.equal(received.length, 8)
})

test('a connection that breaks off is tried again, a write under one key', async (t) => {
  const { received, connect } = await listen(t, (_, response) => response.socket?.destroy())
  const gatehouse = connect({ retries: {}, wait: async () => {} })
  assert.equal((await errorOf(gatehouse.users.get({ id: userId }))).kind, 'connection')
  assert.equal(received.length, 4)
  assert.equal((await errorOf(gatehouse.users.create({ email: 'a@example.test' }))).kind, 'connection')
  const keys = () => received.splice(0).map(({ headers }) => headers['idempotency-key'])
  const [...own] = keys().slice(4)
  assert.equal(own.length, 4)
  assert.match(String(own[0]), /^[0-9a-f]{24}$/)
  assert.deepEqual(own, Array(4).fill(own[0]))
  await errorOf(gatehouse.users.create({ email: 'a@example.test' }, { idempotencyKey: 'order-1234' }))
  assert.deepEqual(keys(), Array(4).fill('order-1234'))
  // Its answer is true of the moment alone.
  await errorOf(gatehouse.tokens.validate({ token: 'x' }))
  assert.deepEqual(keys(), [undefined])
  await errorOf(connect().users.create({ email: 'a@example.test' }))
  assert.deepEqual(keys(), [undefined])
})

test('no more calls are under way than connections were allowed, and waiting is part of the time', async (t) => {
  let running = 0
  let most = 0
  const { connect } = await listen(t, (request, response) => {
    most = Math.max(most, ++running)
    setImmediate(() => {
      running--
      json({ active: false })(request, response)
    })
  })
  const { tokens } = connect({ connections: 3 })
  await Promise.all(Array.from({ length: 20 }, () => tokens.validate({ token: 'token' })))
  assert.ok(most <= 3, `${most}`)

  // The time of the second may end a moment after that of the first, and a moment is enough to send something: not each time.
  const sent: number[] = []
  do {
    const silent = await listen(t, () => {})
    const stuck = silent.connect({ connections: 1, timeoutMs: 50 })
    const errors = await Promise.all([1, 2].map(() => errorOf(stuck.users.get({ id: userId }))))
    assert.deepEqual(
      errors.map(({ kind }) => kind),
      ['timeout', 'timeout'],
    )
    sent.push(silent.received.length)
  } while (Math.min(...sent) > 1 && sent.length < 5)
  // None where the machine is slower than the time is short.
  assert.ok(Math.min(...sent) <= 1, `${sent}`)
})

test('errors are of a kind, for those who do not branch on every code', async (t) => {
  const kinds = [
    ['token_invalid', 401, 'authentication'],
    ['mfa_required', 401, 'mfa_required'],
    ['mfa_stale', 401, 'mfa_required'],
    ['signature_invalid', 401, 'signature'],
    ['insufficient_scope', 403, 'permission'],
    ['not_found', 404, 'not_found'],
    ['email_taken', 409, 'conflict'],
    ['factor_expired', 410, 'not_found'],
    ['password_too_short', 422, 'validation'],
    ['too_many_attempts', 429, 'rate_limit'],
    ['internal_error', 500, 'server'],
  ] as const
  for (const [code, status, kind] of kinds) {
    const { connect } = await listen(t, json({ title: code, code }, status))
    assert.equal((await errorOf(connect().users.get({ id: userId }))).kind, kind, code)
  }
})

test('a person’s calls carry their token, a code once, and what it was answered with; no signature', async (t) => {
  const { received, connect } = await listen(t, (request, response) => {
    if (request.headers['x-mfa-token'] !== undefined) response.setHeader('x-session-token', 'gh_mst_1')
    json({ data: [] })(request, response)
  })
  const me = connect().me('token', { code: '123456' })
  assert.equal(me.sessionToken(), undefined)
  await me.factors.list()
  await me.factors.remove({ id: 'fac_01hrz3q8x0e5t9v2b7n4m6k8p1' })
  assert.equal(me.sessionToken(), 'gh_mst_1')
  const shown = received.map(({ headers, body }) => [headers['x-mfa-token'], headers['x-session-token'], String(body)])
  assert.deepEqual(shown, [
    ['123456', undefined, ''],
    [undefined, 'gh_mst_1', '{}'],
  ])
  for (const { headers } of received) {
    assert.deepEqual([headers.authorization, headers['x-signature']], ['Bearer token', undefined])
  }
})
