import assert from 'node:assert/strict'
import { usualScopes } from '@gatehouse/contract/operation'
import type { Challenge } from '@gatehouse/contract/resources'
import type { RiskRules } from '@gatehouse/contract/risk'
import {
  type App,
  assertProblem,
  attack,
  codeOf,
  createGuardedUser,
  openChallenge,
  password,
  verifyAttempt,
} from './support.ts'

const atHome = { ip: '5.9.1.1', user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0' }
const inTokyo = { ...atHome, ip: '133.11.0.1' }
const elsewhere = { ip: '133.11.0.1', user_agent: 'Mozilla/5.0 (Windows NT 10.0) Chrome/150.0' }

/** Sets what the tenant does about risk, for this test alone. */
async function withRisk(app: App, risk: Partial<RiskRules>, act: () => Promise<void>): Promise<void> {
  const keeper = await app.house.newApp({ scopes: [...usualScopes, 'policy:write'] })
  const { risk: before } = await keeper.sdk.policy.get()
  await keeper.sdk.policy.update({ risk, reason: 'test' })
  try {
    await act()
  } finally {
    const reasons = Object.fromEntries(Object.keys(risk.reasons ?? {}).map((name) => [name, 'allow' as const]))
    await keeper.sdk.policy.update({ risk: { ...before, reasons }, reason: 'test' })
  }
}

const login = (app: App, email: string, end_user: object, given = password) =>
  app.send({ path: '/v1/auth/login', body: { email, password: given, end_user } })

attack('what is unusual about a sign-in is on record, and not in its answer', async (app) => {
  const user = await app.createUser({ password })
  const usual = await login(app, user.email, atHome)
  let odd = usual
  const record = await app.house.recordOf(async () => {
    odd = await login(app, user.email, elsewhere)
  })
  assert.equal(odd.status, 200, odd.text)
  assert.deepEqual(Object.keys(odd.json ?? {}), Object.keys(usual.json ?? {}), 'the answers tell them apart')
  assert.doesNotMatch(odd.text, /risk|country|travel|device_?is/)
  const event = record.find(({ type }) => type === 'login.succeeded')
  assert.equal(event?.geo_location, 'JP')
  assert.equal(event?.data['risk_reasons'], 'new_device different_country impossible_travel simultaneous_sessions')
  assert.equal(event?.data['risk_score'], 160)
  assert.equal(event?.data['risk_decision'], 'require_mfa')
})

attack('a sign-in that the rules refuse looks like one with a wrong password, and its owner is told', async (app) => {
  await withRisk(app, { reasons: { different_country: 'refuse' } }, async () => {
    const user = await app.createUser({ password })
    assert.equal((await login(app, user.email, atHome)).status, 200)
    await app.house.server.outbox.clear()
    let refused = await login(app, user.email, inTokyo, 'some other words')
    const wrong = refused
    const record = await app.house.recordOf(async () => {
      refused = await login(app, user.email, inTokyo)
    })
    assertProblem(refused, 'invalid_credentials')
    const { request_id: _, ...right } = refused.json ?? {}
    const { request_id: __, ...other } = wrong.json ?? {}
    assert.deepEqual(right, other)
    assert.deepEqual(
      record.map(({ type, data }) => [type, data['reason'], data['risk_decision']]),
      [['login.failed', 'risk', 'refuse']],
    )
    const told = (await app.house.server.outbox.all()).filter(({ to }) => to === user.email)
    assert.ok(told.some(({ kind }) => kind === 'sign_in_refused'))
    assert.equal((await login(app, user.email, atHome)).status, 200, 'the owner comes in from where they are')
  })
})

attack(
  'who has shown a factor on a device is not asked for some hours, and is asked when there is a risk',
  async (app) => {
    const { clock } = app.house.server
    await withRisk(app, { remembered_hours: 12 }, async () => {
      const { user, phone } = await createGuardedUser(app)
      const challenge = await openChallenge(app, user)
      const body = { code: codeOf(app, phone.account), remember_device: true, end_user: atHome }
      const first = await app.send({ path: `/v1/challenges/${challenge}/verify`, body })
      const device_token = first.json?.['device_token']
      assert.equal(typeof device_token, 'string', first.text)
      const status = async (end_user: object) => {
        const answer = await login(app, user.email, { ...end_user, device_token })
        return [answer.json?.['status'], answer.json?.['session_token'] === undefined]
      }
      assert.deepEqual(await status(atHome), ['authenticated', true], 'one factor is shown, and no more is claimed')
      assert.deepEqual(await status(inTokyo), ['mfa_required', true])
      assert.deepEqual((await login(app, user.email, atHome)).json?.['status'], 'mfa_required', 'without the token')
      const token = (await login(app, user.email, { ...atHome, device_token })).json?.['access_token']
      const claims = await app.sdk.tokens.validate({ token: String(token) })
      assert.ok(claims.active)
      assert.deepEqual([claims.claims?.acr, claims.claims?.amr], ['aal1', ['pwd']])
      clock.advance('12h')
      assert.deepEqual(await status(atHome), ['mfa_required', true])
    })
  },
)

attack('a change of the factors asks every remembered device again', async (app) => {
  await withRisk(app, { remembered_hours: 12 }, async () => {
    const { user, phone } = await createGuardedUser(app)
    const challenge = await openChallenge(app, user)
    const body = { code: codeOf(app, phone.account), remember_device: true, end_user: atHome }
    const { json } = await app.send({ path: `/v1/challenges/${challenge}/verify`, body })
    const end_user = { ...atHome, device_token: json?.['device_token'] }
    assert.equal((await login(app, user.email, end_user)).json?.['status'], 'authenticated')
    await app.sdk.users.resetMfa({ id: user.id, reason: 'lost' })
    const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'email' })
    assert.ok(enrollment.type === 'email')
    await app.sdk.factors.activate({ id: factor.id, code: await app.house.server.outbox.code(user.email) })
    assert.equal((await login(app, user.email, end_user)).json?.['status'], 'mfa_required')
  })
})

attack('a stronger factor is demanded by risk, and codes by mail do not do then', async (app) => {
  await withRisk(app, { reasons: { different_country: 'require_stronger' } }, async () => {
    const { user, phone } = await createGuardedUser(app)
    const { factor } = await app.sdk.users.factors.enroll({ id: user.id, type: 'email' })
    await app.sdk.factors.activate({ id: factor.id, code: await app.house.server.outbox.code(user.email) })
    const offered = async (end_user: object) => {
      const { json } = await login(app, user.email, end_user)
      const challenge = json?.['challenge'] as Challenge | undefined
      assert.ok(challenge, 'no factor is asked for')
      return { id: challenge.id, types: challenge.factors.map(({ type }) => type) }
    }
    const { id } = await offered(atHome)
    const answer = { code: codeOf(app, phone.account), end_user: atHome }
    assert.equal((await app.send({ path: `/v1/challenges/${id}/verify`, body: answer })).status, 200)
    assert.ok((await offered(atHome)).types.includes('email'))
    const abroad = await offered(inTokyo)
    assert.deepEqual(abroad.types, ['totp'])
    const send = await app.send({ path: `/v1/challenges/${abroad.id}/send`, body: { factor_id: factor.id } })
    assertProblem(send, 'invalid_request')

    // A challenge from home that is answered from abroad is judged by where the answer comes from.
    app.house.server.clock.advance('1m')
    const relayed = await offered(atHome)
    const sent = await app.send({ path: `/v1/challenges/${relayed.id}/send`, body: { factor_id: factor.id } })
    assert.equal(sent.status, 202, sent.text)
    const code = await app.house.server.outbox.code(user.email)
    const body = { code, factor_id: factor.id, end_user: inTokyo }
    const record = await app.house.recordOf(async () => {
      assertProblem(await app.send({ path: `/v1/challenges/${relayed.id}/verify`, body }), 'challenge_expired')
    })
    assert.ok(record.some(({ type, data }) => type === 'login.failed' && data['reason'] === 'risk'))
    assertProblem(await app.send(verifyAttempt(relayed.id, code)), 'challenge_expired')
  })
})

attack('who has no factor and is to show one gets in or not as the tenant says', async (app) => {
  const user = await app.createUser({ password })
  assert.equal((await login(app, user.email, atHome)).status, 200)
  assert.equal((await login(app, user.email, inTokyo)).json?.['status'], 'authenticated')
  await withRisk(app, { reasons: { different_country: 'require_mfa' }, without_factor: 'refuse' }, async () => {
    const other = await app.createUser({ password })
    assert.equal((await login(app, other.email, atHome)).status, 200)
    assertProblem(await login(app, other.email, inTokyo), 'invalid_credentials')
  })
})

attack('an address that fails often is a risk to whoever signs in from it', async (app) => {
  const victims = await Promise.all(Array.from({ length: 4 }, () => app.createUser({ password })))
  const from = { ...atHome, ip: '41.185.8.1' }
  for (const { email } of victims.slice(1)) {
    for (let tries = 0; tries < 4; tries++) await login(app, email, from, 'not the right words')
  }
  const record = await app.house.recordOf(() => login(app, victims[0]?.email ?? '', from))
  const event = record.find(({ type }) => type === 'login.succeeded')
  assert.equal(event?.data['risk_reasons'], 'failing_address')
})

attack('what is remembered of sign-ins goes with the user, and keeps no address', async (app) => {
  const user = await app.createUser({ password })
  await login(app, user.email, atHome)
  await app.sdk.users.erase({ id: user.id, reason: 'asked for it' })
  const again = await app.createUser({ email: user.email, password })
  const record = await app.house.recordOf(() => login(app, again.email, elsewhere))
  assert.equal(record.find(({ type }) => type === 'login.succeeded')?.data['risk_score'], 0)
})
