import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { isGatehouseError } from '@gatehouse/sdk'
import { type ConnectRequest, createGatehouse as forExpress } from '@gatehouse/sdk/express'
import { type Auth, createGatehouse as forFastify, type GuardOptions } from '@gatehouse/sdk/fastify'
import { createGatehouse as forHono } from '@gatehouse/sdk/hono'
import { createGatehouse as forNext } from '@gatehouse/sdk/next'
import { createVerifier } from '@gatehouse/sdk/verify'
import { serve } from '@hono/node-server'
import express from 'express'
import express4 from 'express-4'
import Fastify, { type FastifyRequest } from 'fastify'
import Fastify4, { type FastifyRequest as FastifyRequest4 } from 'fastify-4'
import { type Context, Hono } from 'hono'
import { findHono3 } from './find-hono-3.ts'
import {
  codeOf,
  fetchFrom,
  type Headers,
  maxAge,
  type Open,
  password,
  requestFor,
  type Send,
  showApprovals,
  showFactors,
  startHouse,
  type Transfer,
  transferOf,
} from './guard-script.ts'

declare module 'fastify' {
  interface FastifyRequest {
    auth: Auth | null
  }
}
declare module 'fastify-4' {
  interface FastifyRequest {
    auth: Auth | null
  }
}

/** Express 5 and 4: the same application. */
const onExpress =
  (framework: typeof express): Open =>
  async (t, options) => {
    const app = framework()
    const gatehouse = forExpress(options)
    const transfer = ({ body }: { readonly body: Transfer }) => transferOf(body)
    interface Answer {
      json(value: unknown): void
    }
    app.use(framework.json())
    app.get('/me', gatehouse.requireAuth(), (request: ConnectRequest, response: Answer) => response.json(request.auth))
    app.post('/payouts', gatehouse.requireMfa({ maxAge }), (_: unknown, response: Answer) =>
      response.json({ ok: true }),
    )
    app.post('/transfers', gatehouse.requireApproval(transfer), (request: ConnectRequest, response: Answer) =>
      response.json(request.auth?.approval?.action),
    )
    const server = await new Promise<Server>((resolve) => {
      const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
    })
    t.after(() => server.close())
    return fetchFrom(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  }

const hono3 = await findHono3()
if (hono3.missing) test('Hono 3', (t) => t.diagnostic(`not checked: Hono 3 (${hono3.missing})`))

const onHono =
  (framework: typeof Hono): Open =>
  async (t, options) => {
    const app = new framework<{ Variables: { auth: Auth } }>()
    const gatehouse = forHono(options)
    const transfer = gatehouse.requireApproval(async (context: Context) => transferOf(await context.req.json()))
    app.get('/me', gatehouse.requireAuth(), (context) => context.json(context.get('auth')))
    app.post('/payouts', gatehouse.requireMfa({ maxAge }), (context) => context.json({ ok: true }))
    app.post('/transfers', transfer, (context) => context.json(context.get('auth').approval?.action))
    const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
      const listening = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(listening))
    })
    t.after(() => server.close())
    return fetchFrom(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  }

/** The same application on each framework. */
const applications: Readonly<Record<string, Open>> = {
  async 'Fastify 5'(t, options) {
    const app = Fastify()
    const gatehouse = forFastify(options)
    const transfer = gatehouse.requireApproval((request: FastifyRequest) => transferOf(request.body as Transfer))
    await app.register(gatehouse.plugin)
    app.get('/me', { preHandler: gatehouse.requireAuth() }, async (request) => request.auth)
    app.post('/payouts', { preHandler: gatehouse.requireMfa({ maxAge }) }, async () => ({ ok: true }))
    app.post('/transfers', { preHandler: transfer }, async (request) => request.auth?.approval?.action)
    t.after(() => app.close())
    return fetchFrom(await app.listen({ port: 0, host: '127.0.0.1' }))
  },
  async 'Fastify 4'(t, options) {
    const app = Fastify4()
    const gatehouse = forFastify(options)
    const transfer = gatehouse.requireApproval((request: FastifyRequest4) => transferOf(request.body as Transfer))
    await app.register(gatehouse.plugin)
    app.get('/me', { preHandler: [gatehouse.requireAuth()] }, async (request) => request.auth)
    app.post('/payouts', { preHandler: [gatehouse.requireMfa({ maxAge })] }, async () => ({ ok: true }))
    app.post('/transfers', { preHandler: [transfer] }, async (request) => request.auth?.approval?.action)
    t.after(() => app.close())
    return fetchFrom(await app.listen({ port: 0, host: '127.0.0.1' }))
  },
  'Express 5': onExpress(express),
  'Express 4': onExpress(express4),
  'Hono 4': onHono(Hono),
  ...(hono3.Hono && { 'Hono 3': onHono(hono3.Hono) }),
  async 'Next.js (its route handlers, called as Next.js calls them)'(_, options) {
    const gatehouse = forNext(options)
    const transfer = async (request: Request) => transferOf((await request.json()) as Transfer)
    const routes = {
      '/me': gatehouse.requireAuth((_request, auth) => Response.json(auth)),
      '/payouts': gatehouse.requireMfa({ maxAge }, () => Response.json({ ok: true })),
      // The handler reads the body as well: what the guard has read was a copy.
      '/transfers': gatehouse.requireApproval(transfer, async (request, auth) => {
        const { amount } = (await request.json()) as Transfer
        return Response.json({ ...auth.approval?.action, amount })
      }),
    }
    return async (path, headers, body) =>
      routes[path](new Request(`http://app.test${path}`, requestFor(path, headers, body)), {})
  },
}

for (const [name, open] of Object.entries(applications)) {
  test(`${name}: a route is open to who is signed in, and a sensitive one to who has just proven a second factor`, (t) =>
    showFactors(t, open))

  test(`${name}: a route is open once to who has approved its amount and payee`, (t) => showApprovals(t, open))
}

test('what an application approves is text for people, or the request is refused', async (t) => {
  const { options, token } = await startHouse(t)
  const failures: unknown[] = []
  const send = await openFastify(t, { ...options, onFailure: (error) => failures.push(error) })
  const bearer = { authorization: `Bearer ${token}`, 'x-approval-grant': 'grt_x' }
  const refused = await send('/transfers', bearer, { amount: '1\u202e00.021', to: 'Grace' })
  assert.deepEqual([refused.status, await codeOf(refused), failures], [400, 'invalid_request', []])
})

test('the script of who integrates MFA, from the first line to the last refusal (Express)', async (t) => {
  assert.throws(() => forExpress({ url: 'http://127.0.0.1:1', clientId: 'app' }), {
    name: 'TypeError',
    message:
      'createGatehouse needs secret (or GATEHOUSE_CLIENT_SECRET). "gatehouse clients create" gives a client its id and secret.',
  })
  const { server, options, gatehouse, token, nextCode } = await startHouse(t)
  const open = applications['Express 5'] ?? assert.fail()
  const pages = { loginUrl: '/auth/login', stepUpUrl: '/auth/step-up', cookie: 'session' }
  const send = await open(t, { ...options, ...pages })
  const page = { accept: 'text/html' }
  const visit = async (headers: Headers) => {
    const { status, headers: given } = await send('/me', { ...page, ...headers })
    return [status, given.get('location')]
  }
  assert.deepEqual(await visit({}), [303, '/auth/login?return_to=%2Fme'])
  const asJson = await send('/me', { accept: 'application/json' })
  assert.deepEqual([asJson.status, await codeOf(asJson)], [401, 'authentication_required'])
  assert.deepEqual(await visit({ cookie: `session=${token}` }), [200, null])

  const asked = await send('/payouts', { authorization: `Bearer ${token}` })
  assert.equal(asked.status, 401)
  assert.match(String(asked.headers.get('www-authenticate')), /acr_values="aal2", max_age=600$/)
  const body = (await asked.json()) as { code: string; mfa_url: string; challenge_id: `chl_${string}` }
  assert.deepEqual([body.code, body.mfa_url], ['mfa_required', '/auth/step-up'])
  const { session_token } = await gatehouse.challenges.verify<'step_up'>({ id: body.challenge_id, code: nextCode() })
  const proven = { authorization: `Bearer ${token}`, 'x-session-token': session_token ?? assert.fail() }
  assert.equal((await send('/payouts', proven)).status, 200)
  server.clock.advance('11m')
  assert.equal((await send('/payouts', proven)).status, 401)

  const { slug, secret } = await server.createClient({ allow: ['192.0.2.1'] })
  const elsewhere = forExpress({ url: server.url, clientId: slug, secret, now: server.clock.now })
  await assert.rejects(elsewhere.users.listPage({}), (error) => {
    assert.ok(isGatehouseError(error, 'client_not_allowed') && error.message.includes('127.0.0.1'), String(error))
    return true
  })
  const forged = forExpress({ ...options, secret: `${options.secret}x` })
  await assert.rejects(forged.users.listPage({}), (error) => {
    assert.ok(isGatehouseError(error, 'signature_invalid') && error.hint?.includes('the raw body'), String(error))
    return true
  })
  const slow = forExpress({ ...options, now: () => new Date(server.clock.now().getTime() - 600_000) })
  assert.ok((await slow.users.listPage({ limit: 1 })).data, 'the clock is corrected')
})

const openFastify = applications['Fastify 5'] as (t: TestContext, options: GuardOptions) => Promise<Send>

test('browsers that ask for a page are sent to sign in or to prove themselves, and find their way back', async (t) => {
  const { options, token } = await startHouse(t)
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
  const { options, token } = await startHouse(t)
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
  const { options, gatehouse, email, recovery_codes } = await startHouse(t)
  const send = await openFastify(t, options)
  const login = await gatehouse.auth.login({ email, password })
  assert.ok(login.status === 'mfa_required')
  const verified = await gatehouse.challenges.verify({ id: login.challenge.id, code: recovery_codes[0] ?? '' })
  const refused = await send('/me', { authorization: `Bearer ${verified.access_token}` })
  assert.deepEqual([refused.status, await codeOf(refused)], [403, 'recovery_only'])
})

test('when the server cannot be asked nobody is let in, and the operator of the application hears why', async (t) => {
  const { options, token } = await startHouse(t)
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
  const { server, options, token, nextCode } = await startHouse(t)
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
