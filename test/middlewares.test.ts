import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type ConnectRequest, createGatehouse as forExpress } from '@gatehouse/sdk/express'
import { type Auth, createGatehouse as forFastify, type GuardOptions } from '@gatehouse/sdk/fastify'
import { createGatehouse as forHono, type HonoContext } from '@gatehouse/sdk/hono'
import { createGatehouse as forNext } from '@gatehouse/sdk/next'
import { createVerifier } from '@gatehouse/sdk/verify'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import Fastify from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    auth: Auth | null
  }
}

const password = 'a few unrelated words'

/** A server with somebody who has signed in, and the options of their application. */
async function start(t: TestContext) {
  const server = await startTestServer()
  t.after(() => server.stop())
  const { slug, secret } = await server.createClient({ localVerification: true })
  const options = { url: server.url, clientId: slug, secret, now: server.clock.now } satisfies GuardOptions
  const gatehouse = forExpress(options)
  const phone = virtualPhone()
  const { id, email } = await gatehouse.users.create({ email: 'ada@example.org', password })
  const login = await gatehouse.auth.login({ email, password })
  assert.ok(login.status === 'authenticated')
  const { factor, enrollment } = await gatehouse.users.factors.enroll({ id, type: 'totp' })
  const account = phone.scan(enrollment.uri)
  const nextCode = () => {
    server.clock.advance('30s')
    return phone.nextCode(account, server.clock.now())
  }
  const { recovery_codes = [] } = await gatehouse.factors.activate({ id: factor.id, code: nextCode() })
  return { server, options, gatehouse, token: login.access_token, id, email, nextCode, recovery_codes }
}

type Headers = Readonly<Record<string, string>>
/** Sends a request to an application: GET /me needs a token, POST /payouts a second factor of the last ten minutes. */
type Send = (path: '/me' | '/payouts', headers?: Headers) => Promise<Response>
const methodOf = (path: string) => (path === '/me' ? 'GET' : 'POST')

function fetchFrom(url: string): Send {
  return (path, headers = {}) => fetch(`${url}${path}`, { method: methodOf(path), headers, redirect: 'manual' })
}

/** The same application on each framework. */
const applications: Readonly<Record<string, (t: TestContext, options: GuardOptions) => Promise<Send>>> = {
  async Fastify(t, options) {
    const app = Fastify()
    const gatehouse = forFastify(options)
    await app.register(gatehouse.plugin)
    app.get('/me', { preHandler: gatehouse.requireAuth() }, async (request) => request.auth)
    app.post('/payouts', { preHandler: gatehouse.requireMfa({ maxAge: '10m' }) }, async () => ({ ok: true }))
    t.after(() => app.close())
    return fetchFrom(await app.listen({ port: 0, host: '127.0.0.1' }))
  },
  async 'Express (on node:http)'(t, options) {
    const gatehouse = forExpress(options)
    const guards = { '/me': gatehouse.requireAuth(), '/payouts': gatehouse.requireMfa({ maxAge: '10m' }) }
    const server = createServer((request: ConnectRequest, response) => {
      const answer = () => response.end(JSON.stringify(request.url === '/me' ? request.auth : { ok: true }))
      guards[request.url as '/me'](request, response, (error) => (error ? response.destroy() : answer()))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    return fetchFrom(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  },
  async 'Hono (by its interface)'(_, options) {
    const gatehouse = forHono(options)
    const guards = { '/me': gatehouse.requireAuth(), '/payouts': gatehouse.requireMfa({ maxAge: '10m' }) }
    return async (path, given = {}) => {
      const raw = new Request(`http://app.test${path}`, { method: methodOf(path), headers: given })
      const kept: { auth?: unknown } = {}
      const headers = new Headers()
      const context: HonoContext = {
        req: { raw },
        set: (key, value) => {
          kept[key] = value
        },
        header: (name, value) => headers.set(name, value),
      }
      let answer: Response | undefined
      const refusal = await guards[path](context, async () => {
        answer = Response.json(path === '/me' ? kept.auth : { ok: true }, { headers })
      })
      return refusal ?? answer ?? assert.fail('nobody has answered')
    }
  },
  async 'Next.js (route handlers)'(_, options) {
    const gatehouse = forNext(options)
    const routes = {
      '/me': gatehouse.requireAuth((_request, auth) => Response.json(auth)),
      '/payouts': gatehouse.requireMfa({ maxAge: '10m' }, () => Response.json({ ok: true })),
    }
    return async (path, headers = {}) =>
      routes[path](new Request(`http://app.test${path}`, { method: methodOf(path), headers }), {})
  },
}

async function codeOf(response: Response): Promise<unknown> {
  assert.equal(response.headers.get('content-type'), 'application/problem+json; charset=utf-8')
  assert.equal(response.headers.get('cache-control'), 'no-store')
  const { code } = (await response.json()) as { readonly code: string }
  return code
}

for (const [name, open] of Object.entries(applications)) {
  test(`${name}: a route is open to who is signed in, and a sensitive one to who has just proven a second factor`, async (t) => {
    const { server, options, gatehouse, token, id, nextCode } = await start(t)
    const send = await open(t, options)
    const bearer = { authorization: `Bearer ${token}` }

    const nobody = await send('/me')
    assert.deepEqual([nobody.status, await codeOf(nobody)], [401, 'authentication_required'])
    assert.equal(nobody.headers.get('www-authenticate'), 'Bearer')
    for (const wrong of [
      `Bearer ${token}x`,
      `Bearer ${token} x`,
      'Bearer',
      `Basic ${token}`,
      `Bearer ${'x'.repeat(5000)}`,
    ]) {
      const refused = await send('/me', { authorization: wrong })
      assert.deepEqual([refused.status, await codeOf(refused)], [401, 'token_invalid'], wrong)
    }
    const me = await send('/me', bearer)
    const { userId, claims } = (await me.json()) as Auth
    assert.deepEqual([me.status, userId, claims.email], [200, id, 'ada@example.org'])

    const challenge = 'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age=600'
    const asked = await send('/payouts', bearer)
    assert.deepEqual([asked.status, await codeOf(asked)], [401, 'mfa_required'])
    assert.equal(asked.headers.get('www-authenticate'), challenge)
    const wrong = await send('/payouts', { ...bearer, 'x-mfa-token': '000000' })
    assert.deepEqual([wrong.status, await codeOf(wrong)], [401, 'mfa_code_invalid'])

    const code = nextCode()
    const proven = await send('/payouts', { ...bearer, 'x-mfa-token': code })
    assert.deepEqual([proven.status, await proven.json()], [200, { ok: true }])
    const sessionToken = proven.headers.get('x-session-token') ?? assert.fail('no session token')
    const again = await send('/payouts', { ...bearer, 'x-mfa-token': code })
    assert.deepEqual([again.status, await codeOf(again)], [401, 'totp_code_reused'])
    const byToken = { ...bearer, 'x-session-token': sessionToken }
    assert.equal((await send('/payouts', byToken)).status, 200)
    server.clock.advance('11m')
    const stale = await send('/payouts', byToken)
    assert.deepEqual([stale.status, await codeOf(stale)], [401, 'mfa_stale'])
    assert.equal(stale.headers.get('www-authenticate'), challenge)
    assert.equal((await send('/me', byToken)).status, 200)

    await gatehouse.auth.logout({ token })
    assert.equal((await send('/me', bearer)).status, 401)
  })
}

const openFastify = applications['Fastify'] as (t: TestContext, options: GuardOptions) => Promise<Send>

test('browsers that ask for a page are sent to sign in or to prove themselves, and find their way back', async (t) => {
  const { options, token } = await start(t)
  const pages = { loginUrl: '/login', stepUpUrl: 'https://id.example.test/step-up?app=1', cookie: 'session' }
  const gatehouse = forNext({ ...options, ...pages })
  const route = gatehouse.requireMfa({}, () => new Response('in'))
  const ask = (path: string, headers: Headers, method = 'GET') =>
    route(new Request(`http://app.test${path}`, { method, headers: { accept: 'text/html,*/*', ...headers } }), {})
  const whereTo = async (path: string, headers: Headers = {}) => {
    const { status, headers: given } = await ask(path, headers)
    return [status, given.get('location')]
  }
  assert.deepEqual(await whereTo('/payouts?id=1&x=%26'), [303, '/login?return_to=%2Fpayouts%3Fid%3D1%26x%3D%2526'])
  assert.deepEqual(await whereTo('//evil.test/x'), [303, '/login?return_to=%2Fevil.test%2Fx'])
  assert.deepEqual(await whereTo('/', { cookie: 'session=wrong' }), [303, '/login?return_to=%2F'])
  const stepUp = [303, 'https://id.example.test/step-up?app=1&return_to=%2Fa']
  assert.deepEqual(await whereTo('/a', { cookie: `a=b; session=${token}` }), stepUp)
  assert.equal((await ask('/a', { cookie: `session=${token}` }, 'POST')).status, 401)
  assert.equal((await ask('/a', { accept: 'application/json' })).status, 401)
})

test('a cookie opens nothing to the page of somebody else', async (t) => {
  const { options, token } = await start(t)
  const gatehouse = forNext({ ...options, cookie: 'session' })
  const route = gatehouse.requireAuth(() => new Response('in'))
  const post = async (headers: Headers) => {
    const request = new Request('http://app.test/', {
      method: 'POST',
      headers: { cookie: `session=${token}`, ...headers },
    })
    return (await route(request, {})).status
  }
  assert.equal(await post({ 'sec-fetch-site': 'same-origin' }), 200)
  for (const site of ['cross-site', 'same-site', 'anything']) assert.equal(await post({ 'sec-fetch-site': site }), 403)
  assert.equal(await post({ host: 'app.test', origin: 'http://app.test' }), 200)
  for (const origin of ['http://evil.test', 'null']) assert.equal(await post({ host: 'app.test', origin }), 403)
  assert.equal(await post({ cookie: `session=${token}; session=${token}` }), 401, 'two cookies of that name')
})

test('who came in by a recovery code is let in nowhere', async (t) => {
  const { options, gatehouse, email, recovery_codes } = await start(t)
  const send = await openFastify(t, options)
  const login = await gatehouse.auth.login({ email, password })
  assert.ok(login.status === 'mfa_required')
  const verified = await gatehouse.challenges.verify({ id: login.challenge.id, code: recovery_codes[0] ?? '' })
  const refused = await send('/me', { authorization: `Bearer ${verified.access_token}` })
  assert.deepEqual([refused.status, await codeOf(refused)], [403, 'recovery_only'])
})

test('when the server cannot be asked nobody is let in, and the operator of the application hears why', async (t) => {
  const { options, token } = await start(t)
  const failures: unknown[] = []
  for (const broken of [{ secret: 'wrong' }, { url: 'http://127.0.0.1:1' }]) {
    const send = await openFastify(t, { ...options, ...broken, onFailure: (error) => failures.push(error) })
    for (const path of ['/me', '/payouts'] as const) {
      const refused = await send(path, { authorization: `Bearer ${token}` })
      assert.deepEqual([refused.status, await codeOf(refused)], [503, 'sign_in_unavailable'])
    }
  }
  assert.equal(failures.length, 4)
})

test('with a verifier the server is asked about second factors only, and when the verifier knows nothing', async (t) => {
  const { server, options, token, nextCode } = await start(t)
  const verifier = createVerifier({ ...options, clock: () => server.clock.now().getTime() })
  t.after(verifier.close)
  await verifier.ready()
  const calls: string[] = []
  const counting: typeof fetch = (input, init) => {
    calls.push(new URL(String(input)).pathname)
    return fetch(input, init)
  }
  const send = await openFastify(t, { ...options, verifier, fetch: counting })
  const bearer = { authorization: `Bearer ${token}` }
  assert.equal((await send('/me', bearer)).status, 200)
  assert.equal((await send('/me', { authorization: `Bearer ${token}x` })).status, 401)
  assert.deepEqual(calls, [])
  assert.equal((await send('/payouts', { ...bearer, 'x-mfa-token': nextCode() })).status, 200)
  assert.equal(calls.length, 1)
  verifier.close()
  assert.equal((await send('/me', bearer)).status, 200)
  assert.equal(calls.length, 2)
})

test('a time that is none is found out when the application starts', () => {
  const gatehouse = forExpress({ url: 'http://127.0.0.1:1', clientId: 'app', secret: 'secret' })
  for (const maxAge of ['soon', '-1m', '0s', '48h', 0, Number.NaN] as const) {
    assert.throws(() => gatehouse.requireMfa({ maxAge: maxAge as number }), TypeError, String(maxAge))
  }
})
