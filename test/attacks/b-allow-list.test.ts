import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { consoleClientId } from '@gatehouse/server/kernel/tenants'
import { write } from '@gatehouse/server/storage/write'
import { adminPassword, newAdmin } from './administrators.ts'
import { assertSameTime } from './compare-times.ts'
import { openHouse } from './open-house.ts'
import {
  type Answer,
  type Attempt,
  asPerson,
  assertProblem,
  assertRefused,
  attack,
  attackOnSqlite,
  jsonWithNonce,
  unsigned,
} from './support.ts'

const refusal = { code: 'client_not_allowed' } as const

/** What somebody can tell two answers apart by. */
function look({ status, headers, text }: Answer): unknown {
  return { status, text, headers: Object.keys(headers).toSorted() }
}

attack('023 a call from an unlisted address is refused before its signature is looked at', async (app) => {
  const by = await app.house.newApp({ allow: ['192.0.2.1', '2001:db8::/32'] })
  const [path, body] = ['/v1/users', jsonWithNonce({ email: 'ada@example.test' })]
  const right = { by, path, body }
  const attempts: readonly Attempt[] = [
    right,
    { ...right, by: { ...by, secret: 'wrong' } },
    { ...right, skewSeconds: 9999 },
    { ...right, body: '{' },
    { ...right, body: 'x'.repeat(1000) },
    { ...right, headers: { 'x-signature': undefined } },
    { ...right, headers: { 'x-timestamp': undefined } },
    // The first was signed rightly, and is not remembered either.
    right,
  ]
  const answers: Answer[] = []
  for (const attempt of attempts) {
    const headers = { ...attempt.headers, 'x-request-id': 'the-same-for-all' }
    answers.push(await assertRefused(app, { ...attempt, headers }, { ...refusal, secrets: [by.secret] }))
  }
  for (const answer of answers) assert.deepEqual(look(answer), look(answers[0]!))
  assert.match(String(answers[0]?.json?.['detail']), /127\.0\.0\.1/)
})

attackOnSqlite('023 how long the refusal takes does not tell whether the signature was right', async (app, t) => {
  const by = await app.house.newApp({ allow: ['192.0.2.1'] })
  const body = jsonWithNonce({ email: 'ada@example.test', password: 'x'.repeat(1000) })
  const right = { by, path: '/v1/auth/login', body }
  const trying = (attempt: Attempt) => async () => assert.equal((await app.send(attempt)).status, 403)
  const attempts = {
    'the right signature': trying(right),
    'the right signature again': trying(right),
    'a wrong signature': trying({ ...right, by: { ...by, secret: 'wrong' } }),
    'no signature': trying({ ...right, headers: { 'x-signature': undefined } }),
    'an unknown client': trying({ ...right, by: { slug: 'nobody-knows-it', secret: by.secret } }),
  }
  await assertSameTime(t, attempts, { tolerance: 0.15, roundsPerBatch: 100 })
})

attack('024 headers that name a listed address change nothing', async (app) => {
  const by = await app.house.newApp({ allow: ['192.0.2.1'] })
  const names = ['x-forwarded-for', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip', 'x-client-ip', 'client-ip']
  for (const headers of [
    ...names.map((name) => ({ [name]: '192.0.2.1' })),
    { 'x-forwarded-for': '192.0.2.1, 127.0.0.1' },
    { forwarded: 'for=192.0.2.1;by=127.0.0.1' },
    { 'x-forwarded-host': '192.0.2.1', via: '1.1 192.0.2.1' },
  ]) {
    await assertRefused(app, { by, path: '/v1/users', headers }, refusal)
  }
})

attack('029 an unknown client and a known one at the wrong address get one answer', async (app) => {
  const known = await app.house.newApp({ allow: ['192.0.2.1'] })
  const unknown = [
    ...['unknown', known.slug.toUpperCase(), known.id, `${known.slug}x`, known.slug.slice(0, -1), '*', '%', '_'],
    ...['__proto__', 'constructor', 'toString', `${known.slug}' or '1'='1`, `${known.slug};`, 'ÿ', 'x'.repeat(8000)],
  ]
  const attempts = [known, ...unknown.map((slug) => ({ slug, secret: known.secret }))].flatMap((by) => [
    { by, path: '/v1/users' },
    { by, path: '/v1/auth/login', body: '{"nonce":"the same"}' },
  ])
  const answers: Answer[] = []
  for (const attempt of attempts) {
    const headers = { 'x-request-id': 'the-same-for-all' }
    answers.push(await assertRefused(app, { ...attempt, headers }, refusal))
  }
  for (const answer of answers) assert.deepEqual(look(answer), look(answers[0]!))
})

attack('032 the allow-list of one client does not admit another', async (app) => {
  const elsewhere = await app.house.newApp({ allow: ['192.0.2.1'] })
  assert.equal((await app.send({ path: '/v1/users' })).status, 200)
  await assertRefused(app, { by: elsewhere, path: '/v1/users' }, refusal)
  const by = { slug: elsewhere.slug, secret: app.secret }
  await assertRefused(app, { by, path: '/v1/users' }, refusal)
  await assertRefused(
    app,
    { by: { slug: app.slug, secret: elsewhere.secret }, path: '/v1/users' },
    { code: 'signature_invalid' },
  )
})

attack('032 who looks after clients comes from a list of their own, and nobody else looks after them', async (app) => {
  const scopes = ['clients:read', 'clients:write'] as const
  const elsewhere = await app.house.newApp({ scopes, allow: ['192.0.2.1'] })
  const here = await app.house.newApp({ scopes })
  assert.equal((await app.send({ by: here, path: '/v1/clients' })).status, 200)
  await assertRefused(app, { by: elsewhere, path: '/v1/clients' }, refusal)
  await assertRefused(app, { path: '/v1/clients' }, { code: 'insufficient_scope' })
})

test('032 administrators come from a list of their own, whatever they call', async (t) => {
  const house = await openHouse(t)
  const app = await house.newApp()
  const admin = await newAdmin(app)
  const own = asPerson(admin.token)
  const attempts: readonly Attempt[] = [
    { path: '/v1/users', headers: { ...own, 'x-tenant': 'default-test' } },
    { path: '/v1/administrators/me', headers: own },
    { path: '/v1/me', headers: own },
    { path: '/v1/me/factors', body: '{"type":"totp"}', headers: { ...own, 'x-session-token': admin.sessionToken } },
  ]
  for (const attempt of attempts) assert.ok((await app.send(attempt)).status < 300, attempt.path)

  const changed = { id: consoleClientId, allow_list: '["192.0.2.1"]' }
  assert.equal((await house.parts.storage.commit([replaceAllowList(changed)], [])).done, true)
  house.server.clock.advance('500ms')
  for (const attempt of attempts) await assertRefused(app, attempt, { ...refusal, secrets: [admin.token] })
  for (const [path, body] of [
    ['sign-in', { email: admin.email, password: adminPassword }],
    ['refresh', { refresh_token: 'x' }],
    ['password/forgot', { email: admin.email }],
  ] as const) {
    const sent = { path: `/v1/administrators/${path}`, body: JSON.stringify(body), headers: unsigned }
    await assertRefused(app, sent, refusal)
  }
  assert.equal((await app.send({ path: '/v1/users' })).status, 200)
})

test('027 an address is on the list in whatever spelling it is written and comes', async (t) => {
  const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'))
  if (!hasIpv6) return t.diagnostic('not checked: addresses of IPv6 (this machine has none)')
  // IPv4 comes as ::ffff:127.5.6.7 here.
  const house = await openHouse(t, { host: '::' })
  const { url } = house.server
  const port = new URL(url).port
  for (const [allow, from, admitted] of [
    ['127.0.0.0/8', '127.5.6.7', true],
    ['127.5.6.7', '127.5.6.7', true],
    ['127.5.6.0/29', '127.5.6.7', true],
    ['127.5.6.0/30', '127.5.6.7', false],
    ['10.0.0.0/8', '127.5.6.7', false],
    ['::1', '127.5.6.7', false],
    ['any', '127.5.6.7', true],
    ['::1', '::1', true],
    ['0:0:0:0:0:0:0:1', '::1', true],
    ['0000::0001', '::1', true],
    ['::/127', '::1', true],
    ['::0/16', '::1', true],
    ['::2/127', '::1', false],
    ['2001:db8::/32', '::1', false],
    ['127.0.0.1', '::1', false],
    ['any', '::1', true],
  ] as const) {
    const app = await house.newApp({ allow: [allow] })
    const to = from === '::1' ? `http://[::1]:${port}` : url
    const answer = await app.send({ path: '/v1/users', to, from })
    if (admitted) assert.equal(answer.status, 200, `${allow} ${from}: ${answer.text}`)
    else assertProblem(answer, 'client_not_allowed')
    if (!admitted) assert.equal(answer.json?.['detail'], `The call came from ${from}.`)
  }
})

test('031 an address that is taken off the list is refused on the connection that is open', async (t) => {
  const house = await openHouse(t)
  const { parts, server } = house
  const app = await house.newApp({ allow: ['127.0.0.1'] })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  assert.equal((await app.send({ path: '/v1/users', agent })).status, 200)

  const committed = await parts.storage.commit([replaceAllowList({ id: app.id, allow_list: '["192.0.2.1"]' })], [])
  assert.equal(committed.done, true)
  server.clock.advance('500ms')
  const sockets = () => Object.values(agent.freeSockets).flat()
  const [before] = sockets()
  const answer = await app.send({ path: '/v1/users', agent })
  assertProblem(answer, 'client_not_allowed')
  assert.equal(sockets()[0], before, 'another connection was used')
})

const replaceAllowList = write<{ id: string; allow_list: string }>('exactlyOne', 'client', (db, p) =>
  db
    .updateTable('client')
    .set({ allow_list: p.allow_list })
    .where('id', '=', p.id as never),
)
