import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { type TestContext, test } from 'node:test'
import type { Policy } from '@gatehouse/contract/policy'
import type { Gatehouse } from '@gatehouse/sdk'
import { type ProofOfWork, solveCaptcha } from '@gatehouse/sdk/captcha'
import { startTestServer, type TestServer } from '@gatehouse/testing/start-test-server'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import { emptyDatabase } from '../empty-database.ts'
import { type CaptchaProvider, startCaptchaProvider } from './captcha-provider.ts'
import { refusalOf } from './refusal-of.ts'

const password = 'a few unrelated words'
const hostname = 'login.example.org'
const engines = ['sqlite', 'postgres'] as const
type Engine = (typeof engines)[number]

async function start(
  t: TestContext,
  engine: Engine,
  policy: Partial<Policy>,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestServer> {
  const database = engine === 'postgres' ? await emptyDatabase() : undefined
  assert.ok(engine === 'sqlite' || database, 'npm test brings PostgreSQL up')
  const easy = { captchaWorkBits: 4, loginCaptcha: 'risk' } as const
  const server = await startTestServer({ databaseUrl: database?.url, policy: { ...easy, ...policy }, settings })
  t.after(async () => {
    await server.stop()
    await database?.drop()
  })
  return server
}

interface Try {
  readonly email: string
  readonly secret?: string
  readonly ip?: string
  readonly token?: string | undefined
  readonly device?: string | undefined
}

function login(gatehouse: Gatehouse, { email, secret = 'wrong password here', ip, token, device }: Try) {
  return gatehouse.auth.login({
    email,
    password: secret,
    ...(token !== undefined && { captcha_token: token }),
    end_user: { ...(ip !== undefined && { ip }), ...(device !== undefined && { device_token: device }) },
  })
}

const codeOf = async (call: Promise<unknown>) => (await refusalOf(call)).code

/** The proof of work that the sign-in is asked for. */
async function workOf(call: Promise<unknown>): Promise<ProofOfWork> {
  const { code, status, captcha } = await refusalOf(call)
  assert.deepEqual([code, status], ['captcha_required', 403])
  assert.ok(captcha?.provider === 'pow', JSON.stringify(captcha))
  return captcha
}

/** Why captchas were asked for, the newest first. */
async function reasons(gatehouse: Gatehouse): Promise<unknown[]> {
  const { data } = await gatehouse.auditEvents.listPage({ action: 'captcha_required', limit: 200 })
  return data.map((event) => event.data['reason'])
}

for (const engine of engines) {
  test(`183 a captcha is asked for after three failures, of names that exist and of others alike (${engine})`, async (t) => {
    const server = await start(t, engine, { loginLockFailures: 5 })
    const gatehouse = await server.client()
    await gatehouse.users.create({ email: 'ada@example.org', password })
    const seen: string[] = []
    for (const email of ['ada@example.org', 'nobody@example.org']) {
      const answers: unknown[] = []
      const note = async (given: Try) => {
        const { code, status, message, hint, captcha, requestId = '' } = await refusalOf(login(gatehouse, given))
        answers.push([code, status, message.replace(requestId, ''), hint, Object.keys(captcha ?? {})])
        return captcha
      }
      for (let i = 0; i < 3; i++) await note({ email })
      const task = await note({ email })
      // The right password is not looked at either, in any spelling of the name.
      await note({ email: email.toUpperCase(), secret: password })
      assert.ok(task?.provider === 'pow')
      await note({ email, token: await solveCaptcha(task) })
      await note({ email, token: 'nonsense' })
      seen.push(JSON.stringify(answers))
    }
    assert.equal(seen[0], seen[1])
    const codes = (JSON.parse(seen[0] ?? '') as readonly (readonly string[])[]).map(([code]) => code)
    const [judged, asked] = ['invalid_credentials', 'captcha_required']
    assert.deepEqual(codes, [judged, judged, judged, asked, asked, judged, asked])
    // Somebody else at another place is asked nothing, and whoever is right is in.
    assert.equal(await codeOf(login(gatehouse, { email: 'eve@example.org' })), 'invalid_credentials')
    const task = await workOf(login(gatehouse, { email: 'ada@example.org', secret: password }))
    const token = await solveCaptcha(task)
    assert.equal(
      (await login(gatehouse, { email: 'ada@example.org', secret: password, token })).status,
      'authenticated',
    )
    server.clock.advance('15m')
    assert.equal(await codeOf(login(gatehouse, { email: 'nobody@example.org' })), 'invalid_credentials')
    assert.deepEqual(server.failures, [])
  })

  test(`183 captchas that are missing or wrong do not use up tries at the password, and a lock is told first (${engine})`, async (t) => {
    const server = await start(t, engine, { loginLockFailures: 5 })
    const gatehouse = await server.client()
    await gatehouse.users.create({ email: 'ada@example.org', password })
    const email = 'ada@example.org'
    for (let i = 0; i < 3; i++) await refusalOf(login(gatehouse, { email }))
    for (let i = 0; i < 20; i++) {
      assert.equal(await codeOf(login(gatehouse, { email, ...(i % 2 && { token: 'wrong' }) })), 'captcha_required')
    }
    for (let i = 0; i < 2; i++) {
      const token = await solveCaptcha(await workOf(login(gatehouse, { email })))
      assert.equal(await codeOf(login(gatehouse, { email, token })), 'invalid_credentials')
    }
    assert.equal(await codeOf(login(gatehouse, { email })), 'too_many_attempts')
    assert.equal(await codeOf(login(gatehouse, { email, secret: password, token: 'wrong' })), 'too_many_attempts')
  })

  test(`183 of thirty wrong passwords at once three are judged without a captcha (${engine})`, async (t) => {
    const server = await start(t, engine, { loginLockFailures: 10, passwordQueueMs: 60_000 })
    const gatehouse = await server.client()
    const codes = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        codeOf(login(gatehouse, { email: 'ada@example.org', secret: `wrong word ${i}` })),
      ),
    )
    assert.equal(codes.filter((code) => code === 'invalid_credentials').length, 3)
    assert.equal(codes.filter((code) => code === 'captcha_required').length, 27)
  })

  test(`183 a source that fails with many names is asked, others are not, and success does not count (${engine})`, async (t) => {
    const server = await start(t, engine, { captchaSourceFailures: 4 })
    const gatehouse = await server.client()
    const other = await server.client()
    const ip = '2001:db8::1'
    await gatehouse.users.create({ email: 'ada@example.org', password })
    for (let i = 0; i < 8; i++) {
      assert.equal((await login(gatehouse, { email: 'ada@example.org', secret: password, ip })).status, 'authenticated')
    }
    for (let i = 0; i < 4; i++) {
      assert.equal(await codeOf(login(gatehouse, { email: `u${i}@example.org`, ip })), 'invalid_credentials')
    }
    // One machine has all addresses of its network.
    assert.equal(await codeOf(login(gatehouse, { email: 'u9@example.org', ip: '2001:db8::ffff' })), 'captcha_required')
    assert.equal(await codeOf(login(gatehouse, { email: 'u9@example.org', ip: '2001:db9::1' })), 'invalid_credentials')
    assert.equal(await codeOf(login(other, { email: 'u8@example.org', ip })), 'invalid_credentials')
  })

  test(`184 a solution is good once, for its own challenge, client and time (${engine})`, async (t) => {
    const server = await start(t, engine, { loginCaptcha: 'always' })
    const gatehouse = await server.client()
    const other = await server.client()
    const email = 'nobody@example.org'
    const ask = (token?: string, by = gatehouse) => login(by, { email, token })
    const token = await solveCaptcha(await workOf(ask()))
    assert.equal(await codeOf(ask(token)), 'invalid_credentials')
    assert.equal(await codeOf(ask(token)), 'captcha_required')

    const together = await solveCaptcha(await workOf(ask()))
    const codes = await Promise.all(Array.from({ length: 10 }, () => codeOf(ask(together))))
    assert.equal(codes.filter((code) => code === 'invalid_credentials').length, 1)

    const elsewhere = await solveCaptcha(await workOf(ask(undefined, other)))
    assert.equal(await codeOf(ask(elsewhere)), 'captcha_required')

    const late = await solveCaptcha(await workOf(ask()))
    server.clock.advance('5m')
    assert.equal(await codeOf(ask(late)), 'captcha_required')

    // A wrong solution spends the challenge: what is right comes too late.
    let unsolved = await workOf(ask())
    let right = await solveCaptcha(unsolved)
    while (right.endsWith('.0')) {
      unsolved = await workOf(ask())
      right = await solveCaptcha(unsolved)
    }
    assert.equal(await codeOf(ask(`${unsolved.challenge}.0`)), 'captcha_required')
    assert.equal(await codeOf(ask(right)), 'captcha_required')

    const { challenge } = await workOf(ask())
    const [, payload = '', signature = ''] = challenge.split('.')
    const easier = JSON.parse(Buffer.from(payload, 'base64url').toString()).with(4, 0)
    const forged = `pow1.${Buffer.from(JSON.stringify(easier)).toString('base64url')}.${signature}.0`
    assert.equal(await codeOf(ask(forged)), 'captcha_required')
    const why = await reasons(gatehouse)
    for (const reason of ['missing', 'used_before', 'not_our_challenge', 'work_not_done']) {
      assert.ok(why.includes(reason), reason)
    }
  })

  test(`047 183 a known device is asked for nothing (${engine})`, async (t) => {
    const server = await start(t, engine, { loginCaptcha: 'always' })
    const gatehouse = await server.client()
    const email = 'ada@example.org'
    const user = await gatehouse.users.create({ email, password })
    const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'totp' })
    const phone = virtualPhone()
    const account = phone.scan(enrollment.uri)
    await gatehouse.factors.activate({ id: factor.id, code: phone.nextCode(account, server.clock.now()) })
    const token = await solveCaptcha(await workOf(login(gatehouse, { email, secret: password })))
    const answer = await login(gatehouse, { email, secret: password, token })
    assert.ok(answer.status === 'mfa_required')
    const { device_token: device } = await gatehouse.challenges.verify({
      id: answer.challenge.id,
      code: phone.nextCode(account, server.clock.now()),
      remember_device: true,
    })
    assert.equal((await login(gatehouse, { email, secret: password, device })).status, 'mfa_required')
    assert.equal(await codeOf(login(gatehouse, { email: 'eve@example.org', device })), 'captcha_required')
  })
}

/** A server that asks everybody for the captcha of a provider. */
async function withProvider(t: TestContext, engine: Engine, name: 'recaptcha_v3' | 'turnstile' | 'hcaptcha') {
  const provider = await startCaptchaProvider(t)
  const server = await start(
    t,
    engine,
    { loginCaptcha: 'always' },
    {
      GATEHOUSE_CAPTCHA: name,
      GATEHOUSE_CAPTCHA_SITE_KEY: 'site-key',
      GATEHOUSE_CAPTCHA_SECRET: provider.secret,
      GATEHOUSE_CAPTCHA_HOSTNAMES: `${hostname}, www.example.org`,
      GATEHOUSE_CAPTCHA_VERIFY_URL: provider.url,
    },
  )
  const gatehouse = await server.client()
  const ask = (token?: string) => login(gatehouse, { email: 'nobody@example.org', token })
  return { provider, server, gatehouse, ask }
}

const solved = (server: TestServer) => ({ hostname, action: 'login', score: 0.9, at: server.clock.now() })

for (const [name, engine] of [
  ['recaptcha_v3', 'sqlite'],
  ['recaptcha_v3', 'postgres'],
  ['turnstile', 'sqlite'],
  ['turnstile', 'postgres'],
  ['hcaptcha', 'sqlite'],
  ['hcaptcha', 'postgres'],
] as const) {
  test(`181 a token of ${name} is good once, and for this page, action, score and time only (${engine})`, async (t) => {
    const { provider, server, gatehouse, ask } = await withProvider(t, engine, name)
    const asked = await refusalOf(ask())
    assert.deepEqual(asked.captcha, { provider: name, site_key: 'site-key', action: 'login' })
    const good = solved(server)
    const token = provider.solve(good)
    assert.equal(await codeOf(ask(token)), 'invalid_credentials')
    assert.equal(await codeOf(ask(token)), 'captcha_required')
    for (const bad of [
      { ...good, hostname: 'evil.example' },
      { ...good, at: new Date(good.at.getTime() - 180_000) },
      ...(name === 'hcaptcha' ? [] : [{ ...good, action: 'register' }]),
      ...(name === 'recaptcha_v3' ? [{ ...good, score: 0.3 }] : []),
    ]) {
      const refused = await refusalOf(ask(provider.solve(bad)))
      assert.deepEqual([refused.code, refused.captcha?.provider], ['captcha_required', name], JSON.stringify(bad))
    }
    assert.equal(await codeOf(ask('made up')), 'captcha_required')
    const together = provider.solve(good)
    const codes = await Promise.all(Array.from({ length: 5 }, () => codeOf(ask(together))))
    assert.equal(codes.filter((code) => code === 'invalid_credentials').length, 1)
    assert.deepEqual(new Set(await reasons(gatehouse)).has('other_hostname'), true)
    assert.deepEqual(server.failures, [])
  })
}

const troubles: Readonly<Record<string, RequestListener>> = {
  'is down': (request) => request.socket.destroy(),
  'is slow': () => {},
  'answers 500': (_, response) => response.writeHead(500).end('{"success":true}'),
  'answers garbage': (_, response) => response.end('<html></html>'),
  'answers without an end': (_, response) => response.end(' '.repeat(1_000_000)),
  'sends us elsewhere': (_, response) => response.writeHead(302, { location: '/yes' }).end(),
  'does not know our secret': (_, response) => response.end('{"success":false,"error-codes":["invalid-input-secret"]}'),
}

for (const [trouble, answer] of Object.entries(troubles)) {
  test(`182 when the provider ${trouble}, the proof of work is asked for, and nobody gets by without`, async (t) => {
    const { provider, server, gatehouse, ask } = await withProvider(t, 'sqlite', 'turnstile')
    const token = provider.solve(solved(server))
    provider.breakDown(answer)
    const work = await workOf(ask(token))
    assert.equal(await codeOf(ask(await solveCaptcha(work))), 'invalid_credentials')
    await assertAsked(provider, ask)
    // It is told to the operator, without the token or the secret.
    assert.equal(server.failures.length, 1)
    assert.ok(!String(server.failures[0]).includes(token) && !String(server.failures[0]).includes(provider.secret))
    // Back in order, and left alone for long enough: the provider it is.
    provider.breakDown(undefined)
    server.clock.advance('10s')
    assert.equal((await refusalOf(ask())).captcha?.provider, 'turnstile')
    const fresh = provider.solve(solved(server))
    assert.equal(await codeOf(ask(fresh)), 'invalid_credentials')
    assert.ok((await reasons(gatehouse)).length > 0)
  })
}

/** While the provider is down no token can be had, and it is not asked for everybody. */
async function assertAsked(provider: CaptchaProvider, ask: (token?: string) => Promise<unknown>) {
  const before = provider.asked()
  await workOf(ask())
  await workOf(ask('made up'))
  assert.equal(provider.asked(), before)
}

test('182 a provider whose widget gives no tokens because it is down is found out', async (t) => {
  const { provider, ask } = await withProvider(t, 'postgres', 'hcaptcha')
  provider.breakDown((request) => request.socket.destroy())
  assert.equal(await codeOf(ask(await solveCaptcha(await workOf(ask())))), 'invalid_credentials')
})
