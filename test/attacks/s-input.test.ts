import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { everyOperation } from '@gatehouse/contract/every-operation'
import { type Operation, pathParameters } from '@gatehouse/contract/operation'
import type { ProblemCode } from '@gatehouse/contract/problems'
import { newAdmin } from './administrators.ts'
import {
  type Answer,
  type App,
  type Attempt,
  asPerson,
  assertProblem,
  assertRefused,
  attack,
  attackOnSqlite,
  codeOf,
  createGuardedUser,
  openChallenge,
  password,
  signIn,
  unsigned,
  verifyAttempt,
} from './support.ts'

function readVectors<T>(name: string): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors', name), 'utf8'))
}

/** Every operation that takes a body, with ids of the right form where its path wants them. */
const writing: readonly Operation[] = everyOperation.filter(
  ({ method, caller }) => method !== 'GET' && caller === 'client',
)

function pathOf({ path }: Operation): string {
  const kinds = { users: 'usr', factors: 'fac', 'webhook-endpoints': 'whe', 'webhook-deliveries': 'whd' }
  const prefix = Object.entries(kinds).find(([noun]) => path.includes(`/${noun}/`))?.[1] ?? 'chl'
  return path.replace('{id}', `${prefix}_00000000000000000000000000`)
}

/** Sends many, a few at a time, and says what came of each. */
async function sendAll(app: App, attempts: readonly Attempt[]): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (let start = 0; start < attempts.length; start += 32) {
    answers.push(...(await Promise.all(attempts.slice(start, start + 32).map((attempt) => app.send(attempt)))))
  }
  return answers
}

/** To some operations an empty object is all that they need. */
function needsNothing(operation: Operation): boolean {
  const form = new RegExp(`^${operation.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
  return operation.input.safeParse({ ...form.exec(pathOf(operation))?.groups }).success
}

attackOnSqlite('186 of 318 texts only JSON is taken for JSON, on every route', async (app) => {
  const { files } = readVectors<{ files: Readonly<Record<string, string>> }>('json-parsing.json')
  assert.equal(Object.keys(files).length, 318)
  // A few texts stand there under two names.
  const names = new Map(Object.entries(files).map(([name, text]) => [text, name]))
  const all = [...names].map(([text, name]) => ({ name, body: Buffer.from(text, 'base64') }))
  const before = await app.look()
  let sent = 0
  const record = await app.house.recordOf(async () => {
    for (const [index, operation] of writing.entries()) {
      const { method } = operation
      // Same bytes, another second: a signature is good once.
      const skewSeconds = index - writing.length
      const path = pathOf(operation)
      const inputs = all.filter(({ name }) => name !== 'y_object_empty.json' || !needsNothing(operation))
      const answers = await sendAll(
        app,
        inputs.map(({ body }) => ({ method, path, body, skewSeconds })),
      )
      sent += answers.length
      for (const [at, answer] of answers.entries()) {
        const { name, body } = inputs[at]!
        const what = `${name} on ${operation.id}`
        // None of the texts is what an operation wants, so even the good ones are refused.
        if (body.byteLength === 0) assertProblem(answer, 'signature_invalid')
        else if (body.byteLength > 65_536) assertProblem(answer, 'payload_too_large')
        else if (name.startsWith('n_')) assertProblem(answer, 'invalid_json')
        else assert.ok(answer.status === 400 || answer.status === 404, `${what}: ${answer.status}`)
      }
    }
  })
  assert.equal(record.length, sent)
  assert.ok(record.every(({ type }) => type === 'request.refused'))
  assert.deepEqual(await app.look(), before)
})

attackOnSqlite('186 nor is anything else taken for JSON where people, devices and administrators call', async (app) => {
  const { files } = readVectors<{ files: Readonly<Record<string, string>> }>('json-parsing.json')
  const token = await signIn(app, await app.createUser({ password }))
  const admin = await newAdmin(app)
  for (const { path, method, headers } of [
    { path: '/v1/me/password', method: 'POST', headers: asPerson(token) },
    { path: '/v1/push/pair', method: 'POST', headers: unsigned },
    { path: '/v1/administrators/sign-in', method: 'POST', headers: unsigned },
    { path: '/v1/administrators', method: 'POST', headers: { ...asPerson(admin.token), 'x-tenant': 'system' } },
  ]) {
    const all = Object.entries(files).map(([name, text]) => ({ name, body: Buffer.from(text, 'base64') }))
    const answers = await sendAll(
      app,
      all.map(({ body }) => ({ path, method, headers, body })),
    )
    for (const [at, answer] of answers.entries()) {
      const { name, body } = all[at]!
      if (body.byteLength > 65_536) assertProblem(answer, 'payload_too_large')
      else if (name.startsWith('n_') && body.byteLength > 0) assertProblem(answer, 'invalid_json')
      else assert.equal(answer.status, 400, `${name} at ${path}: ${answer.text}`)
    }
  }
})

/** Who is refused while still sending may find the connection closed before he has read why. */
function cutOff(error: NodeJS.ErrnoException): 'cut off' {
  if (error.code === 'EPIPE' || error.code === 'ECONNRESET') return 'cut off'
  throw error
}

attackOnSqlite('189 vast and deep input is refused in no time', async (app) => {
  const path = '/v1/users'
  const deep = (levels: number, open: string, close: string) => open.repeat(levels) + close.repeat(levels)
  const names = (count: number) =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`n${at}`, 1])))
  const inputs: readonly [what: string, body: string, code: ProblemCode][] = [
    ['16 levels', deep(16, '[', ']'), 'invalid_request'],
    ['17 levels', deep(17, '[', ']'), 'invalid_json'],
    ['32,000 levels', deep(32_000, '[', ']'), 'invalid_json'],
    ['10,000 levels of objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 'invalid_json'],
    ['65,536 openings', '['.repeat(65_536), 'invalid_json'],
    ['100,000 levels', deep(100_000, '[', ']'), 'payload_too_large'],
    ['200 names', names(200), 'invalid_request'],
    ['201 names', names(201), 'invalid_json'],
    ['6,000 names', names(6000), 'invalid_json'],
    ['100,000 names', names(100_000), 'payload_too_large'],
    ['30,000 elements', `{"email":[${'1,'.repeat(30_000)}1]}`, 'invalid_request'],
    ['1,000,000 elements', `[${'1,'.repeat(1e6)}1]`, 'payload_too_large'],
    ['a long string', `{"email":"${'a'.repeat(65_000)}"}`, 'invalid_request'],
    ['a long address', `{"email":"${'a@'.repeat(32_000)}"}`, 'invalid_request'],
    ['a long number', `{"email":${'9'.repeat(65_000)}}`, 'invalid_request'],
    ['a long exponent', `{"email":1e${'9'.repeat(60_000)}}`, 'invalid_request'],
    ['a long name', `{"${'a'.repeat(65_000)}":1}`, 'invalid_request'],
    ['a long name in escapes', `{"${'\\u0061'.repeat(10_000)}":1}`, 'invalid_request'],
    ['white space', `{${' '.repeat(65_000)}}`, 'invalid_request'],
  ]
  for (const [what, body, code] of inputs) {
    let fastest = Number.POSITIVE_INFINITY
    // The fastest of three: the machine may do other things as well.
    for (const skewSeconds of [0, 1, 2]) {
      const start = performance.now()
      const answer = await app.send({ path, body, skewSeconds }).catch(cutOff)
      fastest = Math.min(fastest, performance.now() - start)
      if (answer === 'cut off') assert.equal(code, 'payload_too_large', what)
      else assertProblem(answer, code)
      if (answer !== 'cut off') assert.ok(answer.text.length < 4096, `${what}: the answer is long`)
    }
    assert.ok(fastest < 50, `${what} took ${fastest} ms`)
  }
})

attack('187 a name that stands twice is refused, whichever of them would count', async (app) => {
  const { id } = await app.createUser()
  const email = `${randomUUID()}@example.test`
  for (const body of [
    `{"email":"${email}","role":"user","role":"admin"}`,
    `{"email":"${email}","email":"x${email}"}`,
    `{"email":"${email}","role":"user","r\\u006fle":"user"}`,
    `{"email":"${email}","end_user":{"ip":"127.0.0.1","ip":"127.0.0.2"}}`,
    `{"email":"${email}","":1,"":1}`,
  ]) {
    await assertRefused(app, { path: '/v1/users', body }, { code: 'invalid_json' })
    await assertRefused(app, { method: 'PATCH', path: `/v1/users/${id}`, body: `${body} ` }, { code: 'invalid_json' })
  }
})

/** What is right for few fields. Raw JSON, since not all of it can be written otherwise. */
const wrongTypes = [
  '{}',
  '{"a":1}',
  '[]',
  '["a"]',
  'true',
  'false',
  '-0',
  '0',
  '1e400',
  '-1e400',
  '9007199254740993',
  '1.5',
]

attackOnSqlite('190 a value of the wrong type is refused by its name', async (app) => {
  const attempts = writing.flatMap((operation) => {
    const fields = Object.keys(operation.input.shape).filter((name) => !pathParameters(operation.path).includes(name))
    return fields.flatMap((field) => {
      const isObject = field === 'end_user'
      const values = isObject
        ? ['[]', '"a"', '1', 'true', 'null', '{"ip":1}', '{"ip":{}}', '{"user_agent":[]}']
        : // Some fields take a flag, a number, an object or a list.
          wrongTypes.filter((value) => !operation.input.shape[field]?.safeParse(JSON.parse(value)).success)
      return values.map((value) => ({ operation, field, value, what: `${operation.id} ${field}: ${value}` }))
    })
  })
  assert.ok(attempts.length > 400)
  const before = await app.look()
  const answers = await sendAll(
    app,
    attempts.map(({ operation, field, value }, index) => ({
      method: operation.method,
      path: pathOf(operation),
      // White space tells one body from its twin.
      body: `{"${field}":${value}}${' '.repeat(index % 1000)}${'\t'.repeat(Math.floor(index / 1000))}`,
    })),
  )
  for (const [index, answer] of answers.entries()) {
    const { field, value, what } = attempts[index]!
    // Where an object belongs, this one has a field too many.
    const codes = value === '{"a":1}' ? ['invalid_request', 'unknown_parameter'] : ['invalid_request']
    assert.ok(codes.includes(String(answer.json?.['code'])), `${what}: ${answer.status} ${answer.text}`)
    const errors = (answer.json?.['errors'] ?? []) as readonly { readonly pointer: string }[]
    assert.ok(
      errors.some(({ pointer }) => `${pointer}/`.startsWith(`/${field}/`)),
      `${what}: ${answer.text}`,
    )
  }
  assert.deepEqual(await app.look(), before)
})

attack('190 words for values are no values, and strange headers are no credentials', async (app) => {
  const { id } = await app.createUser()
  for (const [path, value] of [
    ['/v1/users', { email: 'NaN' }],
    ['/v1/users', { email: 'null' }],
    ['/v1/users', { email: null }],
    ['/v1/users', { email: `${randomUUID()}@example.test`, role: null }],
    [`/v1/users/${id}/factors`, { type: 'totp', digits: '6' }],
    [`/v1/users/${id}/factors`, { type: 'totp', digits: 7 }],
    [`/v1/users/${id}/factors`, { type: 'totp', digits: '8.0' }],
    [`/v1/users/${id}/factors`, { type: 'TOTP' }],
    [`/v1/users/${id}/factors`, { type: 'sms' }],
    [`/v1/users/${id}/factors`, { type: 'totp', secret: 'MFRGG' }],
    [`/v1/users/${id}/factors`, { type: 'totp', secret: '0189' }],
    [`/v1/users/${id}/factors`, { type: 'totp', algorithm: 'md5' }],
    [`/v1/users/${id}/disable`, { reason: '' }],
    [`/v1/users/${id}/disable`, {}],
    ['/v1/users/USR_00000000000000000000000000/disable', { reason: 'x' }],
  ] as const) {
    await assertRefused(app, { path, body: value }, { code: 'invalid_request' })
  }
  await assertRefused(
    app,
    { path: `/v1/users/${id}/factors`, body: { type: 'recovery_codes', digits: 6 } },
    { code: 'unknown_parameter' },
  )
  const queries = [
    'limit=0',
    'limit=201',
    'limit=-1',
    'limit=',
    'limit=1.5',
    'limit=NaN',
    'limit=1e999',
    'limit=2147483648',
  ]
  const cursors = ['x', '', '0', 'MA', 'LjE', '%00', '__proto__', 'AAAAAAAAAAAuLTE', `${'A'.repeat(600)}`, 'Infinity']
  for (const query of [...queries, 'limit=5&limit=6', 'limit[]=5', ...cursors.map((cursor) => `cursor=${cursor}`)]) {
    for (const list of ['users', 'audit-events']) {
      const answer = await app.send({ path: `/v1/${list}?${query}` })
      assert.equal(answer.status, 400, `${query}: ${answer.text}`)
    }
  }
  const times = [
    'since=yesterday',
    'since=0',
    'since=2026-02-30T00:00:00Z',
    'until=2026-01-01',
    'until=2016-12-31T23:59:60Z',
  ]
  for (const query of [
    ...times,
    'outcome=Success',
    'action=a-b',
    'user_id=1',
    'ip_address=010.0.0.1',
    'email=x',
    'session_id=',
  ]) {
    const answer = await app.send({ path: `/v1/audit-events?${query}` })
    assert.equal(answer.status, 400, `${query}: ${answer.text}`)
  }
  // Credentials that this API does not know are not looked at, however broken.
  for (const headers of [
    { cookie: '__Host-session=\x80;;;=;a' },
    { cookie: ['a=1', 'a=2'] },
    { authorization: 'Bearer' },
    { authorization: ['Basic YTpi', 'Bearer x'] },
    { authorization: 'Digest username="admin' },
    { 'x-session-token': '__proto__' },
    { 'x-request-id': 'a b' },
    { 'x-request-id': 'a'.repeat(65) },
    { 'user-agent': 'x'.repeat(8000) },
    { accept: 'text/html;q=NaN', 'accept-language': '*'.repeat(500), range: 'bytes=-1', te: 'trailers' },
    { 'if-match': '"x', 'if-none-match': '*', 'content-language': '' },
  ]) {
    const answer = await app.send({ path: `/v1/users/${id}`, headers })
    assert.equal(answer.status, 200, JSON.stringify(headers))
    assert.match(String(answer.headers['x-request-id']), /^req_[0-9a-z]{26}$/)
  }
})

attack('191 names that reach for a prototype reach nothing', async (app) => {
  const { id } = await app.createUser()
  const email = `${randomUUID()}@example.test`
  const evil = '{"role":"admin","isAdmin":true,"polluted":true,"tenant_id":"ten_1","scopes":["audit:read"]}'
  for (const [body, code] of [
    [`{"email":"${email}","__proto__":${evil}}`, 'invalid_json'],
    [`{"email":"${email}","\\u005f_proto__":${evil}}`, 'invalid_json'],
    [`{"email":"${email}","end_user":{"__proto__":${evil}}}`, 'invalid_json'],
    [`{"email":"${email}","constructor":{"prototype":${evil}}}`, 'unknown_parameter'],
    [`{"email":"${email}","prototype":${evil}}`, 'unknown_parameter'],
    [
      `{"email":"${email}","toString":${evil},"hasOwnProperty":1,"valueOf":1,"__defineGetter__":1}`,
      'unknown_parameter',
    ],
    [`[{"__proto__":${evil}}]`, 'invalid_json'],
  ] as const) {
    await assertRefused(app, { path: '/v1/users', body }, { code })
    await assertRefused(app, { method: 'PATCH', path: `/v1/users/${id}`, body: `${body} ` }, { code })
  }
  for (const query of [
    '__proto__=1',
    '__proto__[role]=admin',
    'constructor.prototype.role=admin',
    'constructor[prototype][role]=admin',
    'toString=1',
  ]) {
    await assertRefused(app, { path: `/v1/users?${query}` }, { code: 'unknown_parameter' })
  }
  for (const path of [
    '/v1/users/__proto__',
    '/v1/users/constructor',
    `/v1/users/${id}/__proto__`,
    '/v1/__proto__',
    '/docs/errors/__proto__',
    '/docs/assets/constructor',
  ]) {
    assert.ok([400, 404].includes((await app.send({ path })).status), path)
  }
  const headers = {
    __proto__: 'x',
    constructor: 'x',
    'x-__proto__': '{"role":"admin"}',
    cookie: '__proto__=admin; constructor=admin',
  }
  assert.equal((await app.send({ path: '/v1/users', headers })).status, 200)

  // Another user's later request knows nothing of it.
  const later = await (await app.house.newApp()).createUser()
  assert.deepEqual([later.role, later.name, later.phone_number], ['user', null, null])
  assert.ok(!('polluted' in {}) && !('role' in {}))
})

attack('192 no address is registered twice by another spelling', async (app) => {
  const nonce = randomUUID().slice(0, 8)
  const twins: readonly (readonly string[])[] = [
    ['jos\u00e9@example.test', 'jose\u0301@example.test', 'JOS\u00c9@Example.TEST', 'JOSE\u0301@EXAMPLE.test'],
    ['kelvin@example.test', '\u212aelvin@example.test', 'KELVIN@example.test', '\uff4belvin@example.test'],
    ['glass@example.test', 'gla\u017f\u017f@example.test', 'GLASS@example.test'],
    ['stra\u00dfe@example.test', 'STRA\u1e9eE@example.test'],
    ['\u0130stanbul@example.test', 'i\u0307stanbul@example.test', '\u0130STANBUL@example.test'],
    ['office@example.test', 'o\ufb03ce@example.test', '\uff4fffice@example.test'],
    ['x@b\u00fccher.test', 'x@bu\u0308cher.test', 'x@xn--bcher-kva.test', 'x@B\u00dcCHER.TEST'],
    ['x@stra\u00dfe.test', 'x@xn--strae-oqa.test'],
    ['\u00c5ngstr\u00f6m@example.test', '\u212bngstro\u0308m@example.test'],
  ]
  const other = await app.createUser()
  for (const [index, [first = '', ...others]] of twins.entries()) {
    const unique = (email: string) => `${nonce}${index}${email}`
    const user = await app.sdk.users.create({ email: unique(first) })
    for (const email of others.map(unique)) {
      await assertRefused(app, { path: '/v1/users', body: { email } }, { code: 'email_taken' })
      const patch = { method: 'PATCH', path: `/v1/users/${other.id}`, body: { email } }
      await assertRefused(app, patch, { code: 'email_taken' })
      const { data } = await app.sdk.users.listPage({ email })
      assert.deepEqual(data, [user], email)
    }
    assert.equal(user.email, unique(first))
  }
  const hidden = [
    '\0',
    '\u200b',
    '\u200d',
    '\u200e',
    '\u202e',
    '\u2066',
    '\u00ad',
    '\ufeff',
    '\u2028',
    ' ',
    '\t',
    '\r\n',
    '\u0085',
  ]
  for (const character of [...hidden, '\ud800', '\udc00', '\u{e0061}']) {
    for (const email of [`${nonce}a${character}b@example.test`, `${nonce}ab@exam${character}ple.test`]) {
      await assertRefused(app, { path: '/v1/users', body: { email } }, { code: 'invalid_request' })
    }
  }
  // Overlong and broken UTF-8 is no JSON.
  for (const bytes of [
    [0xc0, 0x80],
    [0xc1, 0xa1],
    [0xe0, 0x80, 0xaf],
    [0xed, 0xa0, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
    [0x80],
  ]) {
    const body = Buffer.concat([Buffer.from(`{"email":"${nonce}`), Buffer.from(bytes), Buffer.from('@example.test"}')])
    await assertRefused(app, { path: '/v1/users', body }, { code: 'invalid_json' })
  }
})

attack('192 text that not every store can keep is refused in every field', async (app) => {
  const { id, email } = await app.createUser()
  const fields: readonly (readonly [method: string, path: string, body: (text: string) => object])[] = [
    ['POST', '/v1/users', (text) => ({ email: `${randomUUID()}@example.test`, name: text })],
    ['POST', '/v1/users', (text) => ({ email: `${randomUUID()}@example.test`, role: text })],
    ['POST', '/v1/users', (text) => ({ email: `${randomUUID()}@example.test`, phone_number: text })],
    ['PATCH', `/v1/users/${id}`, (text) => ({ name: text })],
    ['POST', `/v1/users/${id}/disable`, (text) => ({ reason: text })],
    ['POST', `/v1/users/${id}/factors`, (text) => ({ type: 'totp', label: text })],
    ['POST', `/v1/users/${id}/factors`, (text) => ({ type: 'totp', secret: text })],
    ['POST', `/v1/users/${id}/factors`, (text) => ({ type: text })],
    ['POST', '/v1/auth/login', (text) => ({ email, password: 'x', end_user: { user_agent: text } })],
    ['POST', '/v1/auth/login', (text) => ({ email, password: 'x', end_user: { ip: text } })],
    ['POST', '/v1/auth/login', (text) => ({ email: text, password: 'x' })],
    ['POST', '/v1/auth/logout', (text) => ({ token: 'x', end_user: { user_agent: text } })],
    ['POST', '/v1/tokens/validate', (text) => ({ token: 'x', end_user: { user_agent: text } })],
  ]
  for (const text of ['\0', 'a\0b', '\ud800', 'a\udfffb', '\udc00\ud800']) {
    for (const [method, path, body] of fields) {
      await assertRefused(app, { method, path, body: { ...body(text) } }, { code: 'invalid_request' })
    }
    // What is never stored may hold anything, and is then merely wrong.
    const invalid = { event: 'token.rejected', reason: 'invalid' } as const
    await assertRefused(app, { path: '/v1/auth/logout', body: { token: text } }, { code: 'token_invalid', ...invalid })
  }
  for (const path of [
    'client_system=%00',
    'client_system=%F0%9F',
    'email=%00',
    'action=%00',
    'request_id=%00',
    'cursor=%00',
  ]) {
    const { status } = await app.send({ path: `/v1/audit-events?${path}` })
    assert.ok(status === 400 || status === 200, path)
  }
})

/** Every control character, space, format character and non-character that the list leaves out. */
const characters = [
  String.fromCodePoint(...Array.from({ length: 31 }, (_, index) => index + 1)),
  String.fromCodePoint(...Array.from({ length: 33 }, (_, index) => index + 0x7f)),
  '\u00a0\u1680\u2000\u2003\u2007\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
  '\u00ad\u061c\u180e\u200b\u200e\u202e\u2060\u2066\ufeff\ufff9\u{1d173}\u{e0001}\u{e007f}',
  '\ufffe\uffff\ufdd0\u{1ffff}\u{10ffff}',
  'e\u0301\u0301\u0301\u0301',
  '\u023a\u023e',
  '%s%n%@ {{7*7}} <%= 7*7 %>',
]

attack('193 what people may call themselves is kept as it is, or refused', async (app) => {
  const list = readVectors<{ strings: readonly string[] }>('naughty-strings.json').strings
  assert.equal(list.length, 485)
  const strings = [...list, ...characters]
  const { user, phone } = await createGuardedUser(app)
  const fits = (text: string, max: number) => text.length > 0 && [...text].length <= max && !text.includes('\0')
  const create = (text: string) => ({ path: '/v1/users', body: { email: `${randomUUID()}@example.test`, name: text } })
  const created = await sendAll(app, strings.map(create))
  for (const [index, text] of strings.entries()) {
    const { status, json } = created[index]!
    assert.equal(status, fits(text, 200) ? 201 : 400, JSON.stringify(text))
    if (status !== 201) continue
    assert.equal(json?.['name'], text)
  }
  const made = created.filter(({ status }) => status === 201)
  const read = await sendAll(
    app,
    made.map(({ json }) => ({ path: `/v1/users/${String(json?.['id'])}` })),
  )
  assert.deepEqual(
    read.map(({ json }) => json),
    made.map(({ json }) => ({ ...json, mfa_state: 'none' })),
  )

  const other = await app.createUser()
  const labels = strings.filter((text) => fits(text, 100))
  const enroll = (text: string) => ({
    path: `/v1/users/${other.id}/factors`,
    body: { type: 'totp', label: text },
  })
  // One after the other: only the last few of those that nobody finishes are kept.
  for (const text of labels.slice(0, 60)) {
    assert.equal((await app.send(enroll(text))).status, 201, text)
    const { data } = await app.sdk.users.factors.list({ id: other.id })
    assert.ok(
      data.some(({ label }) => label === text),
      text,
    )
  }

  const agents = strings.filter((text) => fits(text, 1024))
  const record = await app.house.recordOf(() =>
    sendAll(
      app,
      agents.map((text) => ({ path: '/v1/auth/logout', body: { token: text, end_user: { user_agent: text } } })),
    ),
  )
  assert.deepEqual(record.map(({ user_agent }) => user_agent).toSorted(), agents.toSorted())

  // Where text has a form, or is a secret, it is judged and never kept.
  const judged = strings.flatMap((text): Attempt[] => [
    { path: '/v1/users', body: { email: text } },
    { path: '/v1/users', body: { email: `${text}@example.test` } },
    { path: '/v1/users', body: { email: `${randomUUID()}@${text}.test` } },
    { path: '/v1/users', body: { email: 'x', role: text, phone_number: text } },
    { path: `/v1/users?email=${encodeURIComponent(text)}&cursor=${encodeURIComponent(text)}` },
    { path: `/v1/audit-events?client_system=${encodeURIComponent(text)}` },
    { path: `/v1/factors/${phone.factorId}/activate`, body: { code: text } },
    { path: '/v1/tokens/validate', body: { token: text } },
  ])
  for (const { status, text } of await sendAll(app, judged)) assert.ok(status < 500, text)
  for (const text of strings.filter((_, index) => index % 16 === 0)) {
    const { status } = await app.send({ path: '/v1/auth/login', body: { email: user.email, password: text } })
    assert.ok(status === 401 || status === 400, text)
  }
  const challenge = await openChallenge(app, user)
  const guesses = strings.map((text) => verifyAttempt(challenge, text))
  for (const { status } of await sendAll(app, guesses)) assert.ok(status === 401 || status === 400)
  const code = codeOf(app, phone.account)
  assert.equal((await app.send(verifyAttempt(await openChallenge(app, user), code))).status, 200)
})

attack('a path has one spelling, and a method one name', async (app) => {
  const { id } = await app.createUser()
  for (const path of [
    '/v1/users/',
    '//v1/users',
    '/V1/users',
    '/v1//users',
    '/v1/users;a=b',
    '/v1/./users',
    '/v1/x/../users',
  ]) {
    assert.ok([400, 404].includes((await app.send({ path })).status), path)
  }
  for (const path of [
    '%2e%2e',
    '%2e',
    '..',
    '%00',
    '%zz',
    '%',
    '%ff',
    `${id}%00`,
    `${id}%20`,
    `${id}/`,
    'x'.repeat(1000),
    `%2f${id}`,
  ]) {
    const { status } = await app.send({ path: `/v1/users/${path}` })
    assert.ok(status === 400 || status === 404, path)
  }
  for (const method of ['HEAD', 'OPTIONS', 'TRACE', 'PUT', 'PROPFIND', 'QUERY', 'SEARCH', 'PURGE', 'REPORT']) {
    const { status } = await app.send({ method, path: `/v1/users/${id}` })
    assert.ok(status === 405 || status === 415, `${method}: ${status}`)
  }
  const override = { path: '/v1/users', headers: { 'x-http-method-override': 'DELETE' } }
  await assertRefused(app, override, { code: 'invalid_request' })
  const many = Array.from({ length: 1500 }, (_, index) => `a${index}=1`).join('&')
  const { status, text } = await app.send({ path: `/v1/users?${many}` })
  assert.equal(status, 400)
  assert.ok(text.length < 4096)
})
