import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Operation } from '@gatehouse/contract/operation'
import { defaultPolicy } from '@gatehouse/contract/policy'
import * as api from '@gatehouse/contract/sign-in-operations'
import { allowList } from '../clients/allow-list.ts'
import type { Client } from '../clients/client.ts'
import { type Context, commit } from '../context.ts'
import { hmacSha256 } from '../crypto/hmac-sha256.ts'
import { Fault } from '../kernel/fault.ts'
import { requestIds } from '../kernel/ids.ts'
import { leases } from '../kernel/leases.ts'
import { defaultTenantId } from '../kernel/tenants.ts'
import { record } from '../log/record.ts'
import { refusalTally } from '../log/refusal-tally.ts'
import { refuse } from '../log/refuse.ts'
import { newestEvents } from '../log/test-events.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Storage } from '../storage/storage.ts'
import { onBothEngines, sqliteForTest } from '../storage/test-storage.ts'
import type { House } from './call.ts'
import { createHttpServer } from './http-server.ts'
import { serve } from './serve.ts'

const now = new Date('2026-11-21T12:00:00Z')
const timestamp = String(now.getTime() / 1000)
const secret = 'a secret of the portal'

const portal: Client = {
  id: 'cli_portal',
  tenantId: defaultTenantId,
  isTest: false,
  slug: 'portal',
  name: 'Portal',
  allowList: allowList(['127.0.0.1']),
  scopes: new Set(['auth', 'users:read']),
  schemes: new Set(['v1', 'v2', 'rfc9421']),
  publicKeys: [],
  redirectUris: [],
  numericSub: false,
  localVerification: false,
  tokenKeyNumber: 0,
  limits: {},
  secrets: [{ id: 'sec_1', mac: hmacSha256(Buffer.from(secret)), expiresAt: null, lastUsedAt: null }],
}

/** A server of one operation, and what it told its operator. */
function siteOf(storage: Storage, operation: Operation, act: (ctx: Context) => Promise<unknown>) {
  const failures: { error: unknown; requestId: string }[] = []
  const house: House = {
    world: { now: () => now, random: (bytes) => randomBytes(bytes) },
    nameRequest: requestIds(randomBytes),
    policy: defaultPolicy(),
    storage,
    clients: leases(async (slug) => (slug === 'portal' ? portal : undefined), { forMs: 500, size: 10 }),
    secretUses: { note: () => undefined },
    sessions: {} as Sessions,
    answers: { admit: () => assert.fail() },
    clientTokens: { find: () => assert.fail() },
    secondFactor: { judge: () => assert.fail(), isOwned: () => assert.fail() },
    publicUrl: 'https://auth.example.test',
    entrance: { isTrustedProxy: undefined, forwardedHeader: 'x-forwarded-for', demandsTls: false },
    findPlace: () => undefined,
    refusals: refusalTally(),
    opensAt: 0,
    reportFailure: (error, requestId) => failures.push({ error, requestId }),
  }
  const site = createHttpServer(house)
  serve(site, operation, act)
  const listening = site.http.listen({ host: '127.0.0.1', port: 0 }).then(() => site.http.server.unref())
  /** Sends it on a connection of its own. */
  async function ask({ payload, method, path, headers }: ReturnType<typeof requestOf>) {
    await listening
    const { port } = site.http.server.address() as AddressInfo
    const asked = request({ host: '127.0.0.1', port, agent: false, method, path, headers })
    asked.end(payload)
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    const said = await text(answer)
    return { status: answer.statusCode, headers: answer.headers, text: said, json: JSON.parse(said) }
  }
  return { ask, failures }
}

/** A request as an honest client makes it. */
function requestOf(body: string, headers: Record<string, string> = {}) {
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  return {
    method: 'POST',
    path: api.login.path,
    headers: {
      'content-type': 'application/json',
      'x-client-id': 'portal',
      'x-timestamp': timestamp,
      'x-signature': `sha256=${signature}`,
      ...headers,
    },
    payload: body,
  } as const
}

const body = JSON.stringify({ email: 'ada@example.test', password: 'a few words', nonce: 'n1' })
const eventsOf = (storage: Storage) => newestEvents(storage, defaultTenantId, 100)

test('an operation gets its context and its input, and what it returns is the answer', async (t) => {
  const storage = await (await sqliteForTest(t))()
  let seen: Context | undefined
  const { ask, failures } = siteOf(storage, api.login, async (ctx) => {
    seen = ctx
    return { answer: 42 }
  })
  const answer = await ask(requestOf(body, { 'user-agent': 'a'.repeat(600) }))
  assert.deepEqual([answer.status, answer.json], [200, { answer: 42 }])
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.ok(seen)
  assert.deepEqual(seen.actor, { kind: 'client', client: portal })
  assert.equal(seen.tenantId, portal.tenantId)
  assert.equal(seen.now, now)
  assert.equal(seen.requestId, answer.headers['x-request-id'])
  assert.deepEqual(seen.source, { ipAddress: '127.0.0.1', userAgent: 'a'.repeat(512) })
  assert.deepEqual([await eventsOf(storage), failures], [[], []])
})

test('the person that the application tells of stands for the machine that calls, in one spelling', async (t) => {
  const storage = await (await sqliteForTest(t))()
  const sources: Context['source'][] = []
  const { ask } = siteOf(storage, api.login, async ({ source }) => sources.push(source))
  for (const ip of ['::ffff:192.0.2.7', '::ffff:0:192.0.2.7', '2001:DB8::1']) {
    const end_user = { ip, user_agent: 'Firefox' }
    const { status } = await ask(requestOf(JSON.stringify({ email: 'a@b', password: 'x', end_user })))
    assert.equal(status, 200, ip)
  }
  assert.deepEqual(sources, [
    { ipAddress: '192.0.2.7', userAgent: 'Firefox' },
    { ipAddress: '::ffff:0:c000:207', userAgent: 'Firefox' },
    { ipAddress: '2001:db8::1', userAgent: 'Firefox' },
  ])
})

test('a request keeps the id that it brings, if it is one', async (t) => {
  const storage = await (await sqliteForTest(t))()
  const { ask } = siteOf(storage, api.login, async () => ({}))
  for (const id of ['abcdefgh', 'trace-1234_5.6', 'a'.repeat(64)]) {
    const answer = await ask(requestOf(JSON.stringify({ id }), { 'x-request-id': id }))
    assert.equal(answer.headers['x-request-id'], id)
    assert.equal(answer.json.request_id, id)
  }
  for (const id of [
    'short',
    'a'.repeat(65),
    'a b c d e f',
    '<script>alert</script>',
    "'; drop table",
    'abcdefgh, abcdefgh',
  ]) {
    const answer = await ask(requestOf(JSON.stringify({ id }), { 'x-request-id': id }))
    assert.match(String(answer.headers['x-request-id']), /^req_[0-9a-z]{26}$/, id)
  }
})

onBothEngines('every refusal is on record once, by its code, operation and client', async (_t, open) => {
  const storage = await open()
  const { ask, failures } = siteOf(storage, api.login, async (ctx) =>
    refuse(ctx, 'invalid_credentials', { event: { type: 'login.failed', email: 'ada@example.test' } }),
  )
  const wrong = { 'x-signature': `sha256=${'0'.repeat(64)}` }
  const cases = [
    [requestOf(body, { 'x-client-id': 'nobody' }), 403, 'request.refused', 'client_not_allowed', null],
    [requestOf(body, { 'x-client-id': '' }), 401, 'request.refused', 'signature_missing', null],
    [requestOf(body, wrong), 401, 'request.refused', 'signature_invalid', null],
    [requestOf(body, { 'content-encoding': 'gzip' }), 415, 'request.refused', 'unsupported_media_type', null],
    [requestOf('{'), 400, 'request.refused', 'invalid_json', 'portal'],
    [requestOf('{"email":1}'), 400, 'request.refused', 'invalid_request', 'portal'],
    [requestOf(body, { 'content-type': 'text/plain' }), 415, 'request.refused', 'unsupported_media_type', null],
    [requestOf('x'.repeat(65_537)), 413, 'request.refused', 'payload_too_large', null],
    [requestOf(body), 401, 'login.failed', undefined, 'portal'],
    [requestOf(body), 401, 'request.refused', 'signature_replayed', 'portal'],
  ] as const
  for (const [asked, status, type, code, client] of cases) {
    const before = (await eventsOf(storage)).length
    const answer = await ask(asked)
    assert.equal(answer.status, status, answer.text)
    const events = await eventsOf(storage)
    assert.equal(events.length, before + 1, code ?? type)
    const [event] = events
    assert.deepEqual([event?.type, event?.client_system], [type, client])
    assert.equal(event?.request_id, answer.headers['x-request-id'])
    assert.equal(event?.ip_address, '127.0.0.1')
    const data = JSON.parse(event?.data ?? '')
    assert.equal(data.code, code)
    if (code) assert.equal(data.operation, 'login')
  }
  assert.deepEqual(failures, [])
})

test('170: a name that is none is not put on record: it may be a secret in the wrong place', async (t) => {
  const storage = await (await sqliteForTest(t))()
  const { ask } = siteOf(storage, api.login, async () => ({}))
  const names = ['customer-portal', 'gh_live_4fzKUqq9ZQ', 'Portal', 'x'.repeat(65), 'a b', '']
  for (const name of names) await ask(requestOf('{}', { 'x-client-id': name }))
  assert.deepEqual(
    (await eventsOf(storage)).map(({ data }) => JSON.parse(data).claimed_client),
    [null, null, null, null, null, 'customer-portal'],
  )
})

onBothEngines('a failure of ours tells the caller nothing and the operator everything', async (_t, open) => {
  const storage = await open()
  const error = new Error('select password from secrets')
  const { ask, failures } = siteOf(storage, api.login, () => Promise.reject(error))
  const answer = await ask(requestOf(body))
  assert.equal(answer.status, 500)
  assert.equal(answer.json.code, 'internal_error')
  assert.ok(!answer.text.includes('select') && !answer.text.includes('words'))
  assert.deepEqual(failures, [{ error, requestId: answer.headers['x-request-id'] }])
})

onBothEngines('008: a signature stays used after a restart, whatever became of its call', async (_t, open) => {
  const endings: Record<string, (ctx: Context) => Promise<unknown>> = {
    answered: async () => ({}),
    committed: (ctx) => commit(ctx, [record(ctx, { type: 'login.succeeded' })]),
    'refused and recorded': (ctx) => refuse(ctx, 'invalid_credentials', { event: { type: 'login.failed' } }),
    refused: () => Promise.reject(new Fault('not_found')),
    failed: () => Promise.reject(new Error('a fault of ours')),
  }
  for (const [ending, act] of Object.entries(endings)) {
    const once = JSON.stringify({ email: 'ada@example.test', password: ending })
    const before = await open({ nowMs: now.getTime() })
    const first = await siteOf(before, api.login, act).ask(requestOf(once))
    assert.notEqual(first.json.code, 'signature_replayed', ending)
    await before.close()
    const after = await open({ nowMs: now.getTime() })
    const again = await siteOf(after, api.login, async () => assert.fail('it was let in')).ask(requestOf(once))
    assert.equal(again.json.code, 'signature_replayed', ending)
    await after.close()
  }
})

test('a database that takes no writes lets nobody in and says so, refusals too', async (t) => {
  const storage = await (await sqliteForTest(t))()
  const broken: Storage = { ...storage, commit: () => Promise.reject(new Fault('storage_unavailable')) }
  const { ask, failures } = siteOf(broken, api.login, async () => ({ secret: 'let in' }))
  for (const asked of [requestOf(body), requestOf('{'), requestOf('{}', { 'x-client-id': 'nobody' })]) {
    const answer = await ask(asked)
    assert.deepEqual([answer.status, answer.json.code], [503, 'storage_unavailable'])
    assert.ok(!answer.text.includes('let in'))
  }
  assert.deepEqual(failures, [])
})

test('where not even a refusal can be said the connection ends, and the operator hears of it', async (t) => {
  const storage = await (await sqliteForTest(t))()
  const { ask, failures } = siteOf(storage, api.login, async () => {
    throw new Fault('not_found', { detail: 1n as unknown as string })
  })
  const headers = { 'x-request-id': 'request-7', 'transfer-encoding': 'chunked' }
  await assert.rejects(ask(requestOf(body, headers)), { code: 'ECONNRESET' })
  assert.deepEqual([failures.length, failures[0]?.requestId], [1, 'request-7'])
})
