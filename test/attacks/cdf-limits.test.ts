import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Policy } from '@gatehouse/contract/policy'
import type { Gatehouse, GatehouseError } from '@gatehouse/sdk'
import { startTestServer, type TestServer } from '@gatehouse/testing/start-test-server'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import { emptyDatabase } from '../empty-database.ts'
import { refusalOf } from './refusal-of.ts'

const password = 'a few unrelated words'
const engines = ['sqlite', 'postgres'] as const

async function start(
  t: TestContext,
  engine: (typeof engines)[number],
  policy: Partial<Policy> = {},
): Promise<TestServer> {
  const database = engine === 'postgres' ? await emptyDatabase() : undefined
  assert.ok(engine === 'sqlite' || database, 'npm test brings PostgreSQL up')
  const server = await startTestServer({ databaseUrl: database?.url, policy })
  t.after(async () => {
    await server.stop()
    await database?.drop()
    assert.deepEqual(server.failures, [])
  })
  return server
}

async function actions(gatehouse: Gatehouse, filter: { readonly user_id?: `usr_${string}` } = {}): Promise<string[]> {
  const { data } = await gatehouse.auditEvents.listPage({ ...filter, limit: 200 })
  return data.map(({ action, data: facts }) => (facts['reason'] ? `${action} ${facts['reason']}` : action))
}

const login = (gatehouse: Gatehouse, email: string, secret: string, ip = '203.0.113.7', device_token?: string) =>
  gatehouse.auth.login({ email, password: secret, end_user: { ip, ...(device_token && { device_token }) } })

/** A user with an app; the code that activated it is spent. */
async function withPhone(server: TestServer, gatehouse: Gatehouse, email = 'ada@example.org') {
  const user = await gatehouse.users.create({ email, password })
  const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'totp' })
  const phone = virtualPhone()
  const account = phone.scan(enrollment.uri)
  const code = () => phone.code(account, server.clock.now())
  const { recovery_codes = [] } = await gatehouse.factors.activate({ id: factor.id, code: code() })
  server.clock.advance('31s')
  const challenge = async () => {
    const answer = await login(gatehouse, email, password)
    assert.ok(answer.status === 'mfa_required')
    return answer.challenge.id
  }
  return { user, factor, code, challenge, recoveryCodes: recovery_codes }
}

for (const engine of engines) {
  test(`033 the 11th sign-in of a minute is refused until the first has left the window (${engine})`, async (t) => {
    const server = await start(t, engine, { rateAuthPerMinute: 10, loginLockFailures: 10 })
    const gatehouse = await server.client()
    for (let i = 0; i < 10; i++) {
      assert.equal(
        (await refusalOf(login(gatehouse, `user${i}@example.org`, 'wrong password here'))).code,
        'invalid_credentials',
      )
      server.clock.advance('1s')
    }
    const refused = await refusalOf(login(gatehouse, 'somebody@example.org', 'x'))
    assert.deepEqual([refused.code, refused.status, refused.retryAfterSeconds], ['rate_limited', 429, 50])
    assert.equal((await refusalOf(login(gatehouse, 'another@example.org', 'x'))).code, 'rate_limited')
    assert.equal((await actions(gatehouse)).filter((action) => action === 'request_refused').length, 1)
    // Another source and another class are other budgets.
    assert.equal((await refusalOf(login(gatehouse, 'a@example.org', 'x', '203.0.113.8'))).code, 'invalid_credentials')
    assert.deepEqual(await gatehouse.tokens.validate({ token: 'x' }), { active: false, reason: 'invalid' })
    server.clock.advance('50s')
    assert.equal((await refusalOf(login(gatehouse, 'somebody@example.org', 'x'))).code, 'invalid_credentials')
  })

  test(`042 043 046 five wrong passwords lock a name, known or not, right password or not (${engine})`, async (t) => {
    const server = await start(t, engine)
    const gatehouse = await server.client()
    const user = await gatehouse.users.create({ email: 'ada@example.org', password })
    for (const email of ['ada@example.org', 'nobody@example.org']) {
      for (let i = 0; i < 5; i++) {
        assert.equal(
          (await refusalOf(login(gatehouse, email, 'wrong password here', `198.51.100.${i}`))).code,
          'invalid_credentials',
        )
      }
      server.clock.advance('1m')
      // 044: every spelling is one account.
      for (const spelling of [email, email.toUpperCase(), email.replace('@e', '@E')]) {
        const locked = await refusalOf(login(gatehouse, spelling, password, '192.0.2.1'))
        assert.deepEqual(
          [locked.code, locked.status, locked.retryAfterSeconds],
          ['too_many_attempts', 429, 29 * 60],
          email,
        )
      }
      server.clock.advance(-60_000)
    }
    assert.deepEqual((await actions(gatehouse, { user_id: user.id })).slice(0, 5), [
      'failed_login locked',
      'failed_login locked',
      'failed_login locked',
      'lockout',
      'failed_login wrong_password',
    ])

    await gatehouse.users.unlock({ id: user.id, reason: 'called the help desk' })
    assert.equal((await login(gatehouse, 'ada@example.org', password)).status, 'authenticated')
    assert.ok((await actions(gatehouse, { user_id: user.id })).includes('user_unlocked called the help desk'))

    // 043: what is not unlocked opens by itself, with a count of zero.
    server.clock.advance('30m')
    assert.equal((await refusalOf(login(gatehouse, 'nobody@example.org', 'x'))).code, 'invalid_credentials')
  })

  test(`198 of a hundred wrong passwords at once five are judged, and the right one after them is not (${engine})`, async (t) => {
    const server = await start(t, engine)
    const gatehouse = await server.client()
    await gatehouse.users.create({ email: 'ada@example.org', password })
    const wrong = Array.from({ length: 100 }, (_, i) =>
      refusalOf(login(gatehouse, 'ada@example.org', `wrong password ${i}`)),
    )
    const codes = (await Promise.all(wrong)).map(({ code }) => code)
    assert.equal(codes.filter((code) => code === 'invalid_credentials').length, 5)
    assert.equal(codes.filter((code) => code === 'too_many_attempts').length, 95)
    assert.equal((await refusalOf(login(gatehouse, 'ada@example.org', password))).code, 'too_many_attempts')
  })

  test(`047 a stranger cannot lock out a device that its owner has proven (${engine})`, async (t) => {
    const server = await start(t, engine)
    const gatehouse = await server.client()
    const { user, code, challenge } = await withPhone(server, gatehouse)
    const { device_token } = await gatehouse.challenges.verify({
      id: await challenge(),
      code: code(),
      remember_device: true,
    })
    assert.match(device_token ?? '', /^dvt_/)
    for (let i = 0; i < 6; i++) await refusalOf(login(gatehouse, user.email, 'wrong password here'))
    assert.equal((await refusalOf(login(gatehouse, user.email, password))).code, 'too_many_attempts')
    assert.equal((await login(gatehouse, user.email, password, '203.0.113.7', device_token)).status, 'mfa_required')
    // The device has a count of its own, and its token is nothing for anybody else.
    for (let i = 0; i < 5; i++)
      await refusalOf(login(gatehouse, user.email, 'wrong password here', '203.0.113.7', device_token))
    assert.equal(
      (await refusalOf(login(gatehouse, user.email, password, '203.0.113.7', device_token))).code,
      'too_many_attempts',
    )
    await gatehouse.users.create({ email: 'eve@example.org', password })
    for (let i = 0; i < 5; i++)
      await refusalOf(login(gatehouse, 'eve@example.org', 'wrong password here', '203.0.113.9', device_token))
    assert.equal((await refusalOf(login(gatehouse, 'eve@example.org', password))).code, 'too_many_attempts')
  })

  test(`066 the fourth wrong code within 300 seconds is refused, over all sessions and factors, and then the right one (${engine})`, async (t) => {
    const server = await start(t, engine)
    const gatehouse = await server.client()
    const { user, code, challenge, recoveryCodes } = await withPhone(server, gatehouse)
    const guesses = ['000000', '0000-0000-0000-0000', '111111']
    for (const guess of guesses) {
      server.clock.advance(guess === '111111' ? '30s' : '1s')
      assert.equal(
        (await refusalOf(gatehouse.challenges.verify({ id: await challenge(), code: guess }))).code,
        'mfa_code_invalid',
      )
    }
    for (const right of [code(), recoveryCodes[0] ?? '']) {
      const locked = await refusalOf(gatehouse.challenges.verify({ id: await challenge(), code: right }))
      assert.equal(locked.code, 'too_many_attempts')
      assert.ok((locked.retryAfterSeconds ?? 0) > 200, `${locked.retryAfterSeconds}`)
    }
    server.clock.advance('5m')
    const { access_token } = await gatehouse.challenges.verify({ id: await challenge(), code: code() })
    assert.equal((await gatehouse.tokens.validate({ token: access_token })).active, true)
    const record = await actions(gatehouse, { user_id: user.id })
    assert.equal(record.filter((action) => action === 'mfa_failed locked').length, 2)
  })

  test(`198 of fifty wrong codes at once three are judged (${engine})`, async (t) => {
    const server = await start(t, engine)
    const gatehouse = await server.client()
    const { user, challenge } = await withPhone(server, gatehouse)
    const ids: `chl_${string}`[] = []
    for (let i = 0; i < 10; i++) ids.push(await challenge())
    const tries = Array.from({ length: 50 }, (_, i) =>
      refusalOf(gatehouse.challenges.verify({ id: ids[i % 10]!, code: String(100_000 + i) })),
    )
    await Promise.all(tries)
    const record = await actions(gatehouse, { user_id: user.id })
    assert.equal(record.filter((action) => action === 'mfa_failed mismatch').length, 3)
  })

  test(`twenty wrong codes in a row suspend the factor, which is demanded and not accepted until an unlock (${engine})`, async (t) => {
    const server = await start(t, engine, { challengeAttempts: 10 })
    const gatehouse = await server.client()
    const { user, factor, code, challenge, recoveryCodes } = await withPhone(server, gatehouse)
    for (let i = 0; i < 20; i++) {
      server.clock.advance('10m')
      await refusalOf(gatehouse.challenges.verify({ id: await challenge(), code: '000000' }))
    }
    server.clock.advance('10m')
    const answer = await login(gatehouse, user.email, password)
    assert.ok(answer.status === 'mfa_required')
    assert.deepEqual(
      answer.challenge.factors.map(({ type }) => type),
      ['recovery_codes'],
    )
    assert.equal(
      (await refusalOf(gatehouse.challenges.verify({ id: answer.challenge.id, code: code(), factor_id: factor.id })))
        .code,
      'mfa_code_invalid',
    )
    server.clock.advance('10m')
    await gatehouse.challenges.verify({ id: await challenge(), code: recoveryCodes[0] ?? '' })
    assert.ok((await actions(gatehouse, { user_id: user.id })).includes('factor_suspended'))
    await gatehouse.users.unlock({ id: user.id, reason: 'found the phone' })
    await gatehouse.challenges.verify({ id: await challenge(), code: code() })
  })
}

test('a client may have limits of its own, and every answer says how much is left', async (t) => {
  const server = await start(t, 'sqlite', { rateValidatePerMinute: 100 })
  const { slug, secret } = await server.createClient({ limits: { validate: 2 } })
  const answers: (string | null)[] = []
  const { createGatehouse } = await import('@gatehouse/sdk')
  const gatehouse = createGatehouse({
    url: server.url,
    clientId: slug,
    secret,
    now: server.clock.now,
    retries: { max: 0 },
    fetch: async (url, init) => {
      const answer = await fetch(url, init)
      answers.push(answer.headers.get('ratelimit'), answer.headers.get('ratelimit-policy'))
      return answer
    },
  })
  await gatehouse.tokens.validate({ token: 'x' })
  await gatehouse.tokens.validate({ token: 'x' })
  assert.equal((await refusalOf(gatehouse.tokens.validate({ token: 'x' }))).retryAfterSeconds, 60)
  assert.deepEqual(answers, [
    '"validate";r=1;t=0',
    '"validate";q=2;w=60',
    '"validate";r=0;t=60',
    '"validate";q=2;w=60',
    '"validate";r=0;t=60',
    '"validate";q=2;w=60',
  ])
})

for (const path of ['/v1/auth/login', '/wp-login.php']) {
  test(`041 a stranger's flood at ${path} is on record a hundred times a minute, then once, and then costs nothing`, async (t) => {
    const server = await start(t, 'sqlite', { strangerRefusalsPerMinute: 100 })
    const gatehouse = await server.client({ tenant: 'default' })
    const statuses: number[] = []
    for (let i = 0; i < 150; i++) {
      const answer = await fetch(`${server.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-client-id': 'nobody' },
        body: '{}',
      })
      statuses.push(answer.status)
      await answer.text()
    }
    assert.equal(new Set(statuses).size, 2)
    assert.equal(statuses.indexOf(429), 100)
    const recorded = new Map<unknown, number>()
    for await (const { data } of gatehouse.auditEvents.list({ action: 'request_refused' })) {
      recorded.set(data['code'], (recorded.get(data['code']) ?? 0) + 1)
    }
    assert.deepEqual([...recorded.values()], [1, 100])
    // Whoever has a secret is no stranger, although they share the address.
    assert.deepEqual(await gatehouse.tokens.validate({ token: 'x' }), { active: false, reason: 'invalid' })
  })
}

test('a server with too much to do locks nobody out', async (t) => {
  const server = await start(t, 'sqlite', { passwordQueueMs: 1 })
  const gatehouse = await server.client()
  await gatehouse.users.create({ email: 'ada@example.org', password })
  const tries = Array.from({ length: 12 }, () =>
    login(gatehouse, 'ada@example.org', password).then(
      ({ status }) => status,
      ({ code, status, retryAfterSeconds = 0 }: GatehouseError) => `${code} ${status} ${retryAfterSeconds >= 1}`,
    ),
  )
  const answers = await Promise.all(tries)
  assert.ok(answers.includes('overloaded 503 true'), `${answers}`)
  assert.equal((await login(gatehouse, 'ada@example.org', password)).status, 'authenticated')
})
