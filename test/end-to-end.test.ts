import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { AuditEvent } from '@gatehouse/contract/resources'
import { type Gatehouse, type GatehouseErrorCode, isGatehouseError } from '@gatehouse/sdk'
import { startTestServer, type TestServer } from '@gatehouse/testing/start-test-server'
import { type VirtualPhone, virtualPhone } from '@gatehouse/testing/virtual-phone'
import { emptyDatabase } from './empty-database.ts'

const email = 'ada@example.test'
const password = 'a few unrelated words'
/** The person, as the application sees them. */
const end_user = { ip: '203.0.113.7', user_agent: 'Firefox/150' }

type Engine = 'sqlite' | 'postgres'

/** A server on the engine, or undefined and one line that says why it was not tried. */
async function start(t: TestContext, engine: Engine): Promise<TestServer | undefined> {
  const database = engine === 'postgres' ? await emptyDatabase() : undefined
  if (engine === 'postgres' && !database) {
    t.diagnostic('not checked: PostgreSQL (GATEHOUSE_TEST_DATABASE_URL is not set; run the tests with npm test)')
    return undefined
  }
  const server = await startTestServer({ databaseUrl: database?.url })
  t.after(async () => {
    await server.stop()
    await database?.drop()
    assert.deepEqual(server.failures, [])
  })
  return server
}

/** A user with an active authenticator app. */
async function signUp(server: TestServer, gatehouse: Gatehouse, phone: VirtualPhone) {
  const user = await gatehouse.users.create({ email, password, name: 'Ada' })
  const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'totp', label: 'Phone' })
  assert.equal(factor.state, 'pending')
  const account = phone.scan(enrollment.uri)
  const activated = await gatehouse.factors.activate({
    id: factor.id,
    code: phone.nextCode(account, server.clock.now()),
  })
  assert.equal(activated.factor.state, 'active')
  const recoveryCodes = activated.recovery_codes ?? []
  assert.equal(recoveryCodes.length, 10)
  return { user, account, factor, recoveryCodes }
}

/** The challenge that the right password leads to. */
async function passPassword(gatehouse: Gatehouse) {
  const answer = await gatehouse.auth.login({ email, password, end_user })
  assert.ok(answer.status === 'mfa_required')
  return answer.challenge
}

async function refused(call: Promise<unknown>, code: GatehouseErrorCode): Promise<void> {
  await assert.rejects(call, (error) => isGatehouseError(error, code))
}

/** The whole record, newest first, but for who has read it. */
async function readTrail(gatehouse: Gatehouse): Promise<AuditEvent[]> {
  const trail: AuditEvent[] = []
  for await (const event of gatehouse.auditEvents.list()) trail.push(event)
  return trail.filter(({ type }) => type !== 'audit.read')
}

/** What each request has put on record, the oldest first. What one commit holds has no order. */
function summarize(trail: readonly AuditEvent[]): string[] {
  const requests = Map.groupBy(trail.toReversed(), (event) => event.request_id ?? event.actor)
  return [...requests.values()].map((events) => events.map(summarizeEvent).toSorted().join(', '))
}

function summarizeEvent({ action, outcome }: AuditEvent): string {
  return `${action} ${outcome}`
}

for (const engine of ['sqlite', 'postgres'] as const) {
  test(`from sign-up to a verified second factor and out again (${engine})`, async (t) => {
    const server = await start(t, engine)
    if (!server) return
    const gatehouse = await server.client({ slug: 'portal' })
    const phone = virtualPhone()
    const now = () => server.clock.now()

    const { user, account, factor } = await signUp(server, gatehouse, phone)
    assert.deepEqual([user.email, user.name, user.number, user.status], [email, 'Ada', 1, 'active'])
    await refused(gatehouse.auth.login({ email, password: 'some other words', end_user }), 'invalid_credentials')
    await refused(gatehouse.auth.login({ email: 'nobody@example.test', password, end_user }), 'invalid_credentials')

    const challenge = await passPassword(gatehouse)
    assert.deepEqual(
      challenge.factors.map(({ type, label }) => [type, label]),
      [
        ['totp', 'Phone'],
        ['recovery_codes', null],
      ],
    )
    const wrong = phone.code(account, new Date(now().getTime() + 3_600_000))
    await refused(gatehouse.challenges.verify({ id: challenge.id, code: wrong, end_user }), 'mfa_code_invalid')
    const code = phone.nextCode(account, now())
    const session = await gatehouse.challenges.verify({ id: challenge.id, code, end_user })
    assert.equal(session.status, 'authenticated')
    assert.equal(session.user.id, user.id)

    // The code is spent, for this challenge and for every other.
    await refused(gatehouse.challenges.verify({ id: challenge.id, code, end_user }), 'challenge_expired')
    const second = await passPassword(gatehouse)
    await refused(gatehouse.challenges.verify({ id: second.id, code, end_user }), 'totp_code_reused')

    const token = session.access_token
    const validation = await gatehouse.tokens.validate({ token })
    assert.ok(validation.active && validation.claims)
    const { jti, ...claims } = validation.claims
    assert.match(jti, /^\w{26}\.0\.[\w-]{22}$/)
    const issuedAt = Math.floor(now().getTime() / 1000)
    assert.deepEqual(claims, {
      iss: 'http://gatehouse.test',
      sub: user.id,
      aud: 'portal',
      email,
      role: 'user',
      client_id: 'portal',
      iat: issuedAt,
      exp: issuedAt + 3600,
      sid: session.session_id,
      amr: ['pwd', 'otp', 'mfa'],
      acr: 'aal2',
      auth_time: issuedAt,
      security: { '2fa_verified': true, ip: end_user.ip },
    })
    assert.deepEqual(await gatehouse.tokens.validate({ token: `${token.slice(0, -1)}!` }), {
      active: false,
      reason: 'invalid',
    })

    assert.deepEqual(await gatehouse.auth.logout({ token }), {})
    assert.deepEqual(await gatehouse.tokens.validate({ token }), { active: false, reason: 'revoked' })
    await refused(gatehouse.auth.logout({ token }), 'token_invalid')

    const { data } = await gatehouse.users.factors.list({ id: user.id })
    assert.deepEqual(data.map(({ type, state }) => `${type} ${state}`).toSorted(), [
      'recovery_codes active',
      'totp active',
    ])
    assert.equal(data.find(({ id }) => id === factor.id)?.last_used_at, now().toISOString())

    assert.deepEqual(summarize(await readTrail(gatehouse)), [
      'client_created success',
      'password_changed success, user_created success',
      'factor_enrolled success',
      'factor_activated success, recovery_codes_generated success',
      'failed_login failure',
      'failed_login failure',
      'login_challenged success',
      'mfa_failed failure',
      'login success, mfa_succeeded success',
      'mfa_failed failure',
      'login_challenged success',
      'mfa_failed failure',
      'token_rejected failure',
      'logout success',
      'token_rejected failure',
      'token_rejected failure',
    ])
  })

  test(`a recovery code opens the door once, and only half (${engine})`, async (t) => {
    const server = await start(t, engine)
    if (!server) return
    const gatehouse = await server.client()
    const { recoveryCodes } = await signUp(server, gatehouse, virtualPhone())
    const [code = ''] = recoveryCodes

    const first = await passPassword(gatehouse)
    const session = await gatehouse.challenges.verify({ id: first.id, code, end_user })
    assert.deepEqual(session.recovery, { codes_left: 9 })
    const { claims } = await gatehouse.tokens.validate({ token: session.access_token })
    assert.equal(claims?.acr, 'recovery')
    assert.equal(claims?.security['2fa_verified'], false)

    const second = await passPassword(gatehouse)
    await refused(gatehouse.challenges.verify({ id: second.id, code, end_user }), 'recovery_code_used')
    const typed = ` ${recoveryCodes[1]?.toLowerCase()} `
    const again = await gatehouse.challenges.verify({ id: second.id, code: typed, end_user })
    assert.deepEqual(again.recovery, { codes_left: 8 })
  })

  test(`every refusal is on record once, with all that the record promises (${engine})`, async (t) => {
    const server = await start(t, engine)
    if (!server) return
    const gatehouse = await server.client({ slug: 'portal' })
    const { user } = await signUp(server, gatehouse, virtualPhone())
    const reader = await server.client({ slug: 'reader', scopes: ['users:read'] })
    const newest = async () => (await gatehouse.auditEvents.listPage({ limit: 1 })).data[0]
    const count = async () => (await readTrail(gatehouse)).length

    const before = await count()
    await refused(gatehouse.auth.login({ email, password: 'some other words', end_user }), 'invalid_credentials')
    const { id, request_id, ...event } = (await newest()) ?? assert.fail('nothing is on record')
    assert.match(id, /^evt_/)
    assert.match(request_id ?? '', /^req_/)
    assert.deepEqual(event, {
      timestamp: server.clock.now().toISOString(),
      type: 'login.failed',
      action: 'failed_login',
      outcome: 'failure',
      actor: 'client:portal',
      user_id: user.id,
      email,
      ip_address: end_user.ip,
      user_agent: end_user.user_agent,
      geo_location: null,
      client_system: 'portal',
      session_id: null,
      data: { reason: 'wrong_password' },
      position: null,
    })
    assert.equal(await count(), before + 1)

    await refused(reader.users.disable({ id: user.id, reason: 'no' }), 'insufficient_scope')
    const refusal = await newest()
    assert.deepEqual(
      [refusal?.action, refusal?.outcome, refusal?.client_system, refusal?.data['code']],
      ['request_refused', 'refused', 'reader', 'insufficient_scope'],
    )
    await refused(gatehouse.users.create({ email, password }), 'email_taken')
    assert.equal((await newest())?.data['code'], 'email_taken')
    assert.equal(await count(), before + 3)

    const found = await gatehouse.auditEvents.listPage({ action: 'failed_login', user_id: user.id })
    assert.deepEqual(summarize(found.data), ['failed_login failure'])

    const inUtrecht = { ...end_user, ip: '193.0.6.139' }
    await refused(gatehouse.auth.login({ email, password: 'no', end_user: inUtrecht }), 'invalid_credentials')
    assert.equal((await newest())?.geo_location, 'NL')
  })
}
