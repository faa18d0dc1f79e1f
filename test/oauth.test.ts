import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { Scope } from '@gatehouse/contract/operation'
import { type PublicKey, PublicKey as Schema } from '@gatehouse/contract/public-key'
import { SignJWT } from 'jose'
import {
  type Answer,
  type App,
  type Attempt,
  assertProblem,
  attack,
  attacksOn,
  password,
  send,
  sendTogether,
  signIn,
} from './attacks/support.ts'
import { judge } from './judge.ts'

/** Nothing of what signs a request. */
const unsigned = { 'x-client-id': undefined, 'x-timestamp': undefined, 'x-signature': undefined }
const formType = 'application/x-www-form-urlencoded'
const issuer = 'http://gatehouse.test'

type Fields = Readonly<Record<string, string>> | readonly (readonly [string, string])[] | string

/** A form to one of the endpoints, by a client that is named in it or in Authorization. */
function formTo(path: string, fields: Fields, headers: Attempt['headers'] = {}): Attempt {
  const body = typeof fields === 'string' ? fields : new URLSearchParams(fields as Record<string, string>).toString()
  return { path, body, headers: { ...unsigned, 'content-type': formType, ...headers } }
}

const basic = ({ slug, secret }: Pick<App, 'slug' | 'secret'>) => ({
  authorization: `Basic ${Buffer.from(`${slug}:${secret}`).toString('base64')}`,
})
const grant = { grant_type: 'client_credentials' }

async function newService(app: App, scopes: readonly Scope[] = ['users:read', 'users:write'], keys: PublicKey[] = []) {
  return app.house.newApp({ schemes: ['oauth'], scopes, publicKeys: keys })
}

async function fetchToken(service: App, fields: Readonly<Record<string, string>> = {}): Promise<string> {
  const answer = await service.send(formTo('/oauth/token', { ...grant, ...fields }, basic(service)))
  assert.equal(answer.status, 200, answer.text)
  return String(answer.json?.['access_token'])
}

const byToken = (token: string, attempt: Attempt): Attempt => ({
  ...attempt,
  headers: { ...unsigned, authorization: `Bearer ${token}`, ...attempt.headers },
})

/** An error as RFC 6749, section 5.2 has it. */
function assertError(answer: Answer, status: number, error: string): void {
  assert.deepEqual([answer.status, answer.json?.['error']], [status, error], answer.text)
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.match(String(answer.json?.['error_description']), /^[ !#-[\]-~]+$/)
  if (status === 401) assert.match(String(answer.headers['www-authenticate']), /^Basic /)
}

const reading: Attempt = { path: '/v1/users?limit=1' }
const creating = (): Attempt => ({ path: '/v1/users', body: { email: `${randomUUID()}@example.test` } })

function newKey(kind: 'ES256' | 'EdDSA') {
  const { publicKey, privateKey } =
    kind === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
  return { publicKey: Schema.parse(publicKey.export({ format: 'jwk' })), privateKey, alg: kind }
}

/** What says who asks, signed by `jose`. */
async function assertionOf(
  app: App,
  { privateKey, alg }: Pick<ReturnType<typeof newKey>, 'privateKey' | 'alg'>,
  changed: Readonly<Record<string, unknown>> = {},
) {
  const now = Math.floor(app.house.server.clock.now().getTime() / 1000)
  const claims = { iss: app.slug, sub: app.slug, aud: issuer, exp: now + 60, jti: randomUUID(), ...changed }
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await new SignJWT(claims).setProtectedHeader({ alg }).sign(privateKey),
  }
}

attack('a service account fetches a token and calls with it, for what it may', async (app) => {
  const key = newKey('ES256')
  const edKey = newKey('EdDSA')
  const service = await newService(app, ['users:read', 'users:write', 'tokens'], [key.publicKey, edKey.publicKey])
  const { slug, secret } = service
  const ways = [
    formTo('/oauth/token', grant, basic(service)),
    formTo('/oauth/token', { ...grant, client_id: slug }, basic(service)),
    formTo('/oauth/token', { ...grant, client_id: slug, client_secret: secret }),
    formTo('/oauth/token', { ...grant, ...(await assertionOf(service, key)) }),
    formTo('/oauth/token', { ...grant, ...(await assertionOf(service, edKey, { aud: `${issuer}/oauth/token` })) }),
  ]
  for (const way of ways) {
    const answer = await service.send(way)
    assert.equal(answer.status, 200, answer.text)
    const { access_token, ...rest } = answer.json ?? {}
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 900, scope: 'users:read users:write tokens' })
    assert.equal(answer.headers['cache-control'], 'no-store')
    assert.equal((await service.send(byToken(String(access_token), reading))).status, 200)
    assert.equal((await service.send(byToken(String(access_token), creating()))).status, 201)
  }
  const narrow = await fetchToken(service, { scope: 'users:read' })
  assert.equal((await service.send(byToken(narrow, reading))).status, 200)
  assertProblem(await service.send(byToken(narrow, creating())), 'insufficient_scope')
  const events = await app.house.recordOf(() => fetchToken(service))
  assert.deepEqual(
    events.map(({ type, client_system }) => [type, client_system]),
    [['oauth.token_issued', slug]],
  )
})

attack('a token ends after a quarter of an hour, and with all that it stands on', async (app) => {
  const service = await newService(app)
  const operator = await app.house.newApp({ scopes: ['clients:write', 'clients:read', 'users:read', 'users:write'] })
  const { clock } = app.house.server
  const id = service.id as `cli_${string}`
  const assertDead = async (token: string, why: string) => {
    const answer = await service.send(byToken(token, reading))
    assert.equal(answer.json?.['code'], 'token_invalid', `${why}: ${answer.text}`)
    assert.equal(answer.headers['www-authenticate'], 'Bearer error="invalid_token"')
  }
  const old = await fetchToken(service)
  clock.advance('899s')
  assert.equal((await service.send(byToken(old, reading))).status, 200)
  clock.advance('1s')
  await assertDead(old, 'expired')

  const ended = await fetchToken(service)
  await operator.sdk.clients.disable({ id, reason: 'test' })
  clock.advance('1s')
  await assertDead(ended, 'client disabled')
  await operator.sdk.clients.enable({ id, reason: 'test' })
  clock.advance('1s')

  const wide = await fetchToken(service)
  await operator.sdk.clients.update({ id, scopes: ['users:read'] })
  clock.advance('1s')
  assertProblem(await service.send(byToken(wide, creating())), 'insufficient_scope')

  const allowed = await fetchToken(service)
  await operator.sdk.clients.update({ id, schemes: ['v2'] })
  clock.advance('1s')
  await assertDead(allowed, 'tokens are not allowed any more')
  const { code } = await operator.sdk.clients.update({ id, schemes: ['v2', 'oauth'] }).catch((error) => error)
  assert.equal(code, 'scheme_downgrade', 'only an operator leads back')
})

attack('a token ends with the secret that it was given for, and with the key', async (app) => {
  const key = newKey('EdDSA')
  const service = await newService(app, ['users:read'], [key.publicKey])
  const operator = await app.house.newApp({ scopes: ['clients:write', 'users:read'] })
  const { clock } = app.house.server
  const id = service.id as `cli_${string}`
  const assertDead = async (token: string) => {
    assertProblem(await service.send(byToken(token, reading)), 'token_invalid')
  }
  const wide = await fetchToken(service)
  const signed = await service.send(formTo('/oauth/token', { ...grant, ...(await assertionOf(service, key)) }))
  const byKey = String(signed.json?.['access_token'])
  await operator.sdk.clients.secrets.rotate({ id, overlap_seconds: 0 })
  clock.advance('1s')
  await assertDead(wide)
  assert.equal((await service.send(byToken(byKey, reading))).status, 200)
  await operator.sdk.clients.update({ id, public_keys: [] })
  clock.advance('1s')
  await assertDead(byKey)
})

attack('a token is introspected by whom it may concern, and revoked by its client', async (app) => {
  const service = await newService(app)
  const server = await newService(app, ['tokens'])
  const stranger = await newService(app, ['users:read'])
  const foreigner = await app.house.newApp({ schemes: ['oauth'], scopes: ['tokens'], tenant: 'default' })
  const token = await fetchToken(service, { scope: 'users:read' })
  const look = async (by: App, text = token) => {
    const answer = await by.send(formTo('/oauth/introspect', { token: text }, basic(by)))
    assert.equal(answer.status, 200, answer.text)
    return answer.json
  }
  const iat = Math.floor(app.house.server.clock.now().getTime() / 1000)
  const said = { active: true, scope: 'users:read', client_id: service.slug, sub: service.id, token_type: 'Bearer' }
  for (const by of [service, server]) assert.deepEqual(await look(by), { ...said, iss: issuer, iat, exp: iat + 900 })
  for (const by of [stranger, foreigner]) assert.deepEqual(await look(by), { active: false })
  for (const text of ['nonsense', token.slice(0, -1), `oat_${'0'.repeat(49)}`]) {
    assert.deepEqual(await look(server, text), { active: false })
  }

  const revoke = (by: App, text: string) => by.send(formTo('/oauth/revoke', { token: text }, basic(by)))
  assert.deepEqual((await revoke(server, token)).status, 200)
  assert.equal((await look(service))?.['active'], true, 'nobody else revokes it')
  const events = await app.house.recordOf(() => revoke(service, token))
  assert.deepEqual(
    events.map(({ type }) => type),
    ['oauth.token_revoked'],
  )
  assert.deepEqual(await look(service), { active: false })
  assertProblem(await service.send(byToken(token, reading)), 'token_invalid')
  assert.equal((await revoke(service, token)).status, 200)
  assertError(await revoke(service, 'gh_rt_of-a-person'), 400, 'unsupported_token_type')
})

attack(
  '120 a person’s access token is introspected by its application, and dead as soon as they sign out',
  async (app) => {
    const portal = await app.house.newApp({ schemes: ['v1', 'v2', 'oauth'] })
    const other = await newService(app, ['tokens'])
    const user = await portal.createUser({ password })
    const token = await signIn(portal, user)
    const look = async (by: App) => (await by.send(formTo('/oauth/introspect', { token }, basic(by)))).json
    const seen = await look(portal)
    assert.deepEqual([seen?.['active'], seen?.['sub'], seen?.['client_id']], [true, user.id, portal.slug])
    assert.deepEqual(await look(other), { active: false })
    await portal.sdk.users.sessions.revokeAll({ id: user.id })
    assert.deepEqual(await look(portal), { active: false })
  },
)

attack('055 a token opens nothing in the place of another', async (app) => {
  const service = await newService(app, ['users:read', 'tokens', 'auth'])
  const portal = await app.house.newApp()
  const user = await portal.createUser({ password })
  const token = await fetchToken(service)
  const person = await signIn(portal, user)
  assertProblem(await service.send(byToken(token, { path: '/v1/me' })), 'token_invalid')
  assertProblem(await service.send(byToken(person, reading)), 'signature_missing')
  assert.deepEqual((await portal.send({ path: '/v1/tokens/validate', body: { token } })).json, {
    active: false,
    reason: 'invalid',
  })
  const asSession = {
    path: '/v1/me',
    headers: { ...unsigned, authorization: `Bearer ${person}`, 'x-session-token': token },
  }
  assert.notEqual((await portal.send({ ...asSession, path: '/v1/me/password', body: {} })).status, 200)
  const refreshing = { path: '/v1/auth/refresh', body: { refresh_token: token } }
  assert.ok((await portal.send(refreshing)).status >= 400)
})

attack('a token never does what is worth more than itself', async (app) => {
  const all: Scope[] = ['clients:read', 'clients:write', 'tokens']
  const service = await app.house.newApp({ schemes: ['v1', 'oauth'], scopes: all, localVerification: true })
  assertError(
    await service.send(formTo('/oauth/token', { ...grant, scope: 'clients:write' }, basic(service))),
    400,
    'invalid_scope',
  )
  const token = await fetchToken(service)
  const itself = `/v1/clients/${service.id}`
  assert.equal((await service.send(byToken(token, { path: itself }))).status, 200)
  for (const attempt of [
    { path: `${itself}/secrets`, body: {} },
    { path: '/v1/clients', body: { slug: 'another', allow: ['any'], scopes: [] } },
    { path: itself, method: 'PATCH', body: { allow: ['any'] } },
    { path: '/v1/tokens/keys', body: {} },
  ]) {
    assertProblem(await service.send(byToken(token, attempt)), 'insufficient_scope')
  }
})

attack(
  '029 a token from another address is refused as if it were none; so is a client that asks for one',
  async (app) => {
    const service = await newService(app)
    const token = await fetchToken(service)
    const from = '127.0.0.2'
    const [stolen, wrong] = [
      await service.send({ ...byToken(token, reading), from }),
      await service.send({ ...byToken(`oat_${'0'.repeat(49)}`, reading), from }),
    ]
    for (const answer of [stolen, wrong]) assertProblem(answer, 'token_invalid')
    const { request_id: _, ...one } = stolen.json ?? {}
    const { request_id: __, ...two } = wrong.json ?? {}
    assert.deepEqual(one, two)
    const known = await service.send({ ...formTo('/oauth/token', grant, basic(service)), from })
    const unknown = await service.send({
      ...formTo('/oauth/token', grant, basic({ ...service, slug: 'nobody-here' })),
      from,
    })
    for (const answer of [known, unknown]) assertError(answer, 401, 'invalid_client')
    assert.equal(known.json?.['error_description'], unknown.json?.['error_description'])
  },
)

attack('a client that signs fetches no token unless it is allowed to', async (app) => {
  assertError(await app.send(formTo('/oauth/token', grant, basic(app))), 400, 'unauthorized_client')
  const service = await newService(app)
  assertProblem(
    await send(app.house.server.url, { ...service, now: app.house.server.clock.now() }, reading),
    'signature_scheme_not_allowed',
  )
  const token = await fetchToken(service)
  const both = { ...reading, headers: { authorization: `Bearer ${token}` } }
  assertProblem(await service.send(both), 'signature_invalid')
})

const limited = attacksOn({ oauthSecretFailures: 5 })
const patient = attacksOn({ oauthSecretFailures: 100 })

limited('wrong secrets close the way for their source, and only for that', async (app) => {
  const service = await newService(app)
  const ask = (secret: string) => service.send(formTo('/oauth/token', grant, basic({ ...service, secret })))
  const near = `${service.secret.slice(0, -1)}${service.secret.endsWith('0') ? '1' : '0'}`
  const events = await app.house.recordOf(async () => {
    for (const secret of [near, '', 'x'.repeat(57), app.secret]) assertError(await ask(secret), 401, 'invalid_client')
  })
  assert.ok(events.every(({ type }) => type === 'oauth.client_rejected' || type === 'request.refused'))
  assert.equal((await ask(service.secret)).status, 200, 'a right one forgets them')
  for (let count = 0; count < 5; count++) assertError(await ask(near), 401, 'invalid_client')
  const locked = await ask(service.secret)
  assertError(locked, 429, 'temporarily_unavailable')
  assert.equal(locked.headers['retry-after'], '1800')
  app.house.server.clock.advance('30m')
  assert.equal((await ask(service.secret)).status, 200)
})

attack('an assertion is accepted once, also when fifteen come at once', async (app) => {
  const key = newKey('EdDSA')
  const service = await newService(app, ['users:read'], [key.publicKey])
  const fields = { ...grant, ...(await assertionOf(service, key)) }
  const answers = await sendTogether(
    service,
    Array.from({ length: 15 }, () => formTo('/oauth/token', fields)),
  )
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  app.house.server.clock.advance('61s')
  assertError(await service.send(formTo('/oauth/token', fields)), 401, 'invalid_client')
})

patient('an assertion that is not whole, not ours or not new is none', async (app) => {
  const key = newKey('ES256')
  const other = newKey('ES256')
  const now = Math.floor(app.house.server.clock.now().getTime() / 1000)
  const service = await newService(app, ['users:read'], [key.publicKey])
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const good = await assertionOf(service, key)
  const [head = '', payload = '', signature = ''] = good.client_assertion.split('.')
  const asHmac = `${encode({ alg: 'HS256' })}.${payload}`
  const mac = createHmac('sha256', JSON.stringify(key.publicKey)).update(asHmac).digest('base64url')
  /** Signed rightly, whatever it says. */
  const whole = (header: object | string, claims: object | string) => {
    const text = [header, claims]
      .map((part) => (typeof part === 'string' ? Buffer.from(part).toString('base64url') : encode(part)))
      .join('.')
    const bytes = sign('sha256', Buffer.from(text), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
    return `${text}.${bytes.toString('base64url')}`
  }
  const claims = { iss: service.slug, sub: service.slug, aud: issuer, exp: now + 60, jti: 'one-of-its-own' }
  const more = (members: string) => `${JSON.stringify(claims).slice(0, -1)},${members}}`
  // V8 takes a name of the next header for this one (nodejs/node#63785).
  JSON.parse('{"alg":"","cr\\\\u0069":[""]}')
  const forged = [
    whole('{"alg":"ES256","cr\\u0069t":["exp"]}', claims),
    whole('{"alg":"none","alg":"ES256"}', claims),
    whole({ alg: 'ES256' }, more('"exp":4102444800,"exp":1')),
    whole({ alg: 'ES256' }, more(`"sub":"${service.slug}"`)),
    whole({ alg: 'ES256' }, more(`"s\\u0075b":"${service.slug}"`)),
    whole({ alg: 'ES256' }, more('"__proto__":{}')),
    whole({ alg: 'ES256' }, `${JSON.stringify(claims)} x`),
    whole({ alg: 'ES256', crit: ['exp'] }, claims),
    whole({ alg: 'ES256', crit: ['b64'], b64: false }, claims),
    whole({ alg: 'EdDSA' }, claims),
    whole({ alg: 'ES384' }, claims),
    whole({}, claims),
    whole({ alg: 'ES256' }, { ...claims, iss: undefined }),
    whole({ alg: 'ES256' }, { ...claims, jti: 'x'.repeat(129) }),
    whole({ alg: 'ES256' }, { ...claims, exp: String(now + 60) }),
    `${encode({ alg: 'none' })}.${payload}.`,
    `${asHmac}.${mac}`,
    `${head}.${encode({ iss: service.slug, sub: service.slug, aud: issuer, exp: now + 60, jti: 'another-one' })}.${signature}`,
    `${head}.${payload}.${signature}=`,
    `${head}.${payload}`,
    (await assertionOf(service, other)).client_assertion,
    (await assertionOf(service, key, { aud: 'https://elsewhere.example' })).client_assertion,
    (await assertionOf(service, key, { aud: [issuer, 'https://elsewhere.example'] })).client_assertion,
    (await assertionOf(service, key, { sub: 'somebody' })).client_assertion,
    (await assertionOf(service, key, { exp: now - 1 })).client_assertion,
    (await assertionOf(service, key, { exp: now + 3600 })).client_assertion,
    (await assertionOf(service, key, { exp: undefined })).client_assertion,
    (await assertionOf(service, key, { nbf: now + 120 })).client_assertion,
    (await assertionOf(service, key, { jti: undefined })).client_assertion,
  ]
  for (const client_assertion of forged) {
    const answer = await service.send(formTo('/oauth/token', { ...grant, ...good, client_assertion }))
    assertError(answer, 401, 'invalid_client')
  }
  for (const client_assertion of [good.client_assertion, whole({ alg: 'ES256', kid: 'any', typ: 'JWT' }, claims)]) {
    assert.equal((await service.send(formTo('/oauth/token', { ...grant, ...good, client_assertion }))).status, 200)
  }
})

attack('a form says each thing once, in one place', async (app) => {
  const service = await newService(app)
  const { slug, secret } = service
  const named = { ...grant, client_id: slug, client_secret: secret }
  const body = new URLSearchParams(named).toString()
  const refused: readonly Attempt[] = [
    formTo('/oauth/token', `${body}&scope=users:read&scope=users:write`),
    formTo('/oauth/token', `${body}&scope=%ff`),
    formTo('/oauth/token', `${body}&scope=%zz`),
    formTo('/oauth/token', `${body}&scope=users%00`),
    formTo('/oauth/token', `${body}&=x`),
    formTo('/oauth/token', `${body}&novalue`),
    formTo('/oauth/token', `${body}${'&a=b'.repeat(40)}`),
    formTo('/oauth/token', named, basic(service)),
    formTo('/oauth/token', { ...grant, client_id: 'another' }, basic(service)),
    formTo(`/oauth/token?client_id=${slug}`, grant, basic(service)),
    formTo('/oauth/token', { client_id: slug, client_secret: secret }),
    { ...formTo('/oauth/token', JSON.stringify(named)), headers: { ...unsigned, 'content-type': 'application/json' } },
  ]
  for (const attempt of refused) assertError(await service.send(attempt), 400, 'invalid_request')
  assertError(
    await service.send(formTo('/oauth/token', { ...named, grant_type: 'password' })),
    400,
    'unsupported_grant_type',
  )
  for (const scope of ['everything', 'users:read  users:write', 'audit:read', ' ']) {
    assertError(await service.send(formTo('/oauth/token', { ...named, scope })), 400, 'invalid_scope')
  }
  assertError(await service.send(formTo('/oauth/token', grant)), 401, 'invalid_client')
  // What is not known is not heeded, what is empty is not there (RFC 6749, section 3.2).
  assert.equal((await service.send(formTo('/oauth/token', `${body}&audience=x&scope=`))).status, 200)
})

attack('170 neither token nor secret comes up in answers and record', async (app) => {
  const service = await newService(app)
  const token = await fetchToken(service)
  const record = await app.house.recordOf(async () => {
    await service.send(formTo('/oauth/introspect', { token }, basic(service)))
    await service.send(byToken(token, { path: '/v1/audit-events' }))
    const wrong = await service.send(formTo('/oauth/token', { ...grant, scope: token }, basic(service)))
    assert.ok(!wrong.text.includes(token))
    await service.send(formTo('/oauth/revoke', { token }, basic(service)))
  })
  for (const secret of [token, service.secret]) assert.ok(!JSON.stringify(record).includes(secret))
})

attack('where the endpoints are is found in the metadata', async (app) => {
  const answer = await app.send({ path: '/.well-known/oauth-authorization-server', headers: unsigned })
  assert.equal(answer.status, 200)
  const found = answer.json ?? {}
  assert.equal(found['issuer'], issuer)
  const service = await newService(app)
  for (const name of ['token_endpoint', 'introspection_endpoint', 'revocation_endpoint']) {
    const { pathname } = new URL(String(found[name]))
    assertError(await service.send(formTo(pathname, {}, basic(service))), 400, 'invalid_request')
  }
  assert.ok(!(found['scopes_supported'] as string[]).includes('clients:write'))
})

test('curl gets a token by HTTP Basic and calls with it', async (t) => {
  const curl = judge('curl', 'curl')
  if (curl.missing !== undefined) return void t.diagnostic(`not checked: the requests of curl (${curl.missing})`)
  const { startTestServer } = await import('@gatehouse/testing/start-test-server')
  const server = await startTestServer()
  t.after(() => server.stop())
  const { slug, secret } = await server.createClient({ schemes: ['oauth'], scopes: ['users:read'] })
  const run = async (...args: string[]) =>
    JSON.parse((await promisify(execFile)(curl.path, ['-sS', '--max-time', '20', ...args])).stdout)
  const { access_token } = await run(
    '-u',
    `${slug}:${secret}`,
    '-d',
    'grant_type=client_credentials',
    `${server.url}/oauth/token`,
  )
  const { data } = await run('--oauth2-bearer', access_token, `${server.url}/v1/users`)
  assert.deepEqual(data, [])
})
