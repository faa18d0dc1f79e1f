import assert from 'node:assert/strict'
import { type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { usualScopes } from '@gatehouse/contract/operation'
import { type ConnectRequest, createGatehouse as forExpress, type GuardOptions } from '@gatehouse/sdk/express'
import { type Auth, createGatehouse as forFastify } from '@gatehouse/sdk/fastify'
import { createGatehouse as forHono } from '@gatehouse/sdk/hono'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import { serve } from '@hono/node-server'
import express from 'express'
import express4 from 'express-4'
import Fastify from 'fastify'
import Fastify4 from 'fastify-4'
import { Hono } from 'hono'
import { findHono3 } from './find-hono-3.ts'
import { type TestBrowser, testBrowser } from './test-browser.ts'

const password = 'a few unrelated words'

type Listen = (t: TestContext, options: GuardOptions) => Promise<string>

interface Answer {
  json(value: unknown): void
  send(text: string): void
}

/** The application of the quick start. */
const onExpress =
  (framework: typeof express): Listen =>
  async (t, options) => {
    const gatehouse = forExpress(options)
    const app = framework()
    app.use(gatehouse.session())
    app.get('/me', gatehouse.requireAuth(), (request: ConnectRequest, response: Answer) => response.json(request.auth))
    app.get('/', (_: ConnectRequest, response: Answer) => response.send('home'))
    app.get('/money', gatehouse.requireAuth(), (_: ConnectRequest, response: Answer) => response.send('money'))
    const mfa = gatehouse.requireMfa({ maxAge: '10m' })
    app.post('/payouts', mfa, (_: ConnectRequest, response: Answer) => response.json({ ok: true }))
    app.get('/statement', mfa, (_: ConnectRequest, response: Answer) => response.send('statement'))
    const server = await new Promise<Server>((resolve) => {
      const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
    })
    t.after(() => server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

const hono3 = await findHono3()
if (hono3.missing) test('Hono 3', (t) => t.diagnostic(`not checked: Hono 3 (${hono3.missing})`))

const onHono =
  (framework: typeof Hono): Listen =>
  async (t, options) => {
    const gatehouse = forHono(options)
    const app = new framework<{ Variables: { auth: Auth } }>()
    app.use('*', gatehouse.session())
    app.get('/me', gatehouse.requireAuth(), (context) => context.json(context.get('auth')))
    app.get('/', (context) => context.text('home'))
    app.get('/money', gatehouse.requireAuth(), (context) => context.text('money'))
    app.post('/payouts', gatehouse.requireMfa({ maxAge }), (context) => context.json({ ok: true }))
    app.get('/statement', gatehouse.requireMfa({ maxAge }), (context) => context.text('statement'))
    return listenTo(t, app.fetch)
  }

const applications: Readonly<Record<string, Listen>> = {
  'Express 5': onExpress(express),
  'Express 4': onExpress(express4),
  async 'Fastify 5'(t, options) {
    const gatehouse = forFastify(options)
    const app = Fastify()
    await app.register(gatehouse.plugin)
    await app.register(gatehouse.session())
    app.get('/me', { preHandler: gatehouse.requireAuth() }, async (request) => request.auth)
    app.get('/', async () => 'home')
    app.get('/money', { preHandler: gatehouse.requireAuth() }, async () => 'money')
    app.post('/payouts', { preHandler: gatehouse.requireMfa({ maxAge }) }, async () => ({ ok: true }))
    app.get('/statement', { preHandler: gatehouse.requireMfa({ maxAge }) }, async () => 'statement')
    t.after(() => app.close())
    return app.listen({ port: 0, host: '127.0.0.1' })
  },
  async 'Fastify 4'(t, options) {
    const gatehouse = forFastify(options)
    const app = Fastify4()
    await app.register(gatehouse.plugin)
    await app.register(gatehouse.session())
    app.get('/me', { preHandler: [gatehouse.requireAuth()] }, async (request) => request.auth)
    app.get('/', async () => 'home')
    app.get('/money', { preHandler: [gatehouse.requireAuth()] }, async () => 'money')
    app.post('/payouts', { preHandler: [gatehouse.requireMfa({ maxAge })] }, async () => ({ ok: true }))
    app.get('/statement', { preHandler: [gatehouse.requireMfa({ maxAge })] }, async () => 'statement')
    t.after(() => app.close())
    return app.listen({ port: 0, host: '127.0.0.1' })
  },
  'Hono 4': onHono(Hono),
  ...(hono3.Hono && { 'Hono 3': onHono(hono3.Hono) }),
}

const maxAge = '10m'

/** A server of the web platform's requests. */
async function listenTo(t: TestContext, fetch: (request: Request) => Response | Promise<Response>): Promise<string> {
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const listening = serve({ fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(listening))
  })
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A server, an application that uses its pages, and people who have an app or have none. */
async function start(t: TestContext, listen: Listen) {
  const server = await startTestServer()
  t.after(() => server.stop())
  const { id, slug, secret } = await server.createClient({ slug: 'portal', scopes: ['auth', 'tokens'] })
  const connection = { url: server.url, clientId: slug, secret, now: server.clock.now }
  const url = await listen(t, connection)
  const keeper = await server.client({ scopes: [...usualScopes, 'clients:read', 'clients:write'] })
  await keeper.clients.update({ id: id as `cli_${string}`, redirect_uris: [`${url}/auth/callback`] })
  const phone = virtualPhone()
  const addPerson = async (email: string, hasApp: boolean) => {
    const user = await keeper.users.create({ email, password })
    if (!hasApp) return { user, nextCode: () => '' }
    const { factor, enrollment } = await keeper.users.factors.enroll({ id: user.id, type: 'totp' })
    const account = phone.scan(enrollment.uri)
    const nextCode = () => {
      server.clock.advance('30s')
      return phone.code(account, server.clock.now())
    }
    await keeper.factors.activate({ id: factor.id, code: nextCode() })
    return { user, nextCode }
  }
  return { server, url, addPerson }
}

/** What `fetch` does not let say, which has a mode of its own. */
function postAsBrowser(url: string, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', headers }, (answer) => resolve(answer.resume()))
      .on('error', reject)
      .end()
  })
}

async function signIn(browser: TestBrowser, email: string, code?: string): Promise<void> {
  await browser.submit('email', { email })
  await browser.submit('password', { password })
  if (code !== undefined) await browser.submit('code', { code })
}

for (const [name, listen] of Object.entries(applications)) {
  test(`${name}: a browser is sent to sign in, comes back to where it was, proves a factor, and signs out`, async (t) => {
    const { server, url, addPerson } = await start(t, listen)
    const ada = await addPerson('ada@example.org', true)
    const browser = testBrowser()
    await browser.open(`${url}/me?tab=1`)
    assert.equal(browser.shown.title, 'Sign in · portal')
    await signIn(browser, 'ada@example.org', ada.nextCode())
    assert.equal(browser.shown.url.href, `${url}/me?tab=1`)
    assert.equal(JSON.parse(browser.shown.text).userId, ada.user.id)

    assert.equal((await browser.open(`${url}/statement`)).text, 'statement')
    server.clock.advance('11m')
    await browser.open(`${url}/statement`)
    assert.equal(browser.shown.title, 'Confirm that it is you · portal')
    await browser.submit('code', { code: ada.nextCode() })
    assert.deepEqual([browser.shown.url.href, browser.shown.text], [`${url}/statement`, 'statement'])

    server.clock.advance('61m')
    assert.equal((await browser.open(`${url}/me`)).url.href, `${url}/me`, 'the access token is renewed')
    await browser.open(`${url}/auth/logout`)
    assert.equal(browser.shown.text, 'home')
    await browser.open(`${url}/me`)
    assert.equal(browser.shown.title, 'Sign in · portal')
    assert.deepEqual(server.failures, [])
  })

  test(`${name}: programs are answered with problems, and pages of others get nothing`, async (t) => {
    const { url, addPerson } = await start(t, listen)
    await addPerson('bob@example.org', false)
    const asked = await fetch(`${url}/me`, { headers: { accept: 'application/json' } })
    assert.deepEqual([asked.status, ((await asked.json()) as { code: string }).code], [401, 'authentication_required'])
    const browser = testBrowser()
    await browser.open(`${url}/auth/login?return_to=https://evil.test/`)
    await signIn(browser, 'bob@example.org')
    assert.equal(browser.shown.url.href, `${url}/`)
    const { host } = new URL(url)
    const cookie = [...(browser.cookies.get(host) ?? [])].map(([key, value]) => `${key}=${value}`).join('; ')
    const post = (headers: Record<string, string>) =>
      fetch(`${url}/payouts`, { method: 'POST', redirect: 'manual', headers: { cookie, ...headers } })
    assert.equal((await post({ 'sec-fetch-site': 'cross-site' })).status, 403)
    const refused = await post({ 'sec-fetch-site': 'same-origin' })
    const problem = (await refused.json()) as Record<string, string>
    assert.deepEqual([refused.status, problem['code']], [401, 'mfa_required'])
    assert.equal(problem['mfa_url'], '/auth/login?acr_values=aal2&max_age=600')
    const form = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', accept: 'text/html' }
    const sent = await postAsBrowser(`${url}/payouts`, { cookie, ...form, referer: `${url}/money?a=1` })
    assert.deepEqual(
      [sent.statusCode, sent.headers.location],
      [303, '/auth/login?acr_values=aal2&max_age=600&return_to=%2Fmoney%3Fa%3D1'],
    )
    const away = await fetch(`${url}/auth/logout`, {
      headers: { cookie, 'sec-fetch-site': 'cross-site' },
      redirect: 'manual',
    })
    assert.equal(away.status, 403)
    const stolen = await fetch(`${url}/auth/callback?code=oac_x&state=login-x.y`, { redirect: 'manual' })
    assert.equal(stolen.status, 400)
  })
}
