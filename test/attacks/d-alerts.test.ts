import assert from 'node:assert/strict'
import type { Alert } from '@gatehouse/contract/alert-operations'
import { usualScopes } from '@gatehouse/contract/operation'
import {
  type App,
  assertProblem,
  assertRefused,
  attack,
  codeOf,
  createGuardedUser,
  openChallenge,
  password,
  verifyAttempt,
} from './support.ts'

const atHome = { ip: '5.9.1.1', user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0' }

/** Somebody who looks after alerts. */
const keeperOf = (app: App) =>
  app.house.newApp({ scopes: [...usualScopes, 'policy:write', 'alerts:read', 'alerts:write'] })

/** The alerts that fit, after all that was waiting has been read. */
async function alertsOf(app: App, keeper: App, filter: Parameters<App['sdk']['alerts']['listPage']>[0]) {
  await app.house.server.runJobs()
  return (await keeper.sdk.alerts.listPage(filter)).data
}

const summary = ({ rule, state, count }: Alert) => `${rule} ${state} ${count}`

async function wrongCode(app: App, challenge: string): Promise<void> {
  await app.send(verifyAttempt(challenge, '000000'))
}

attack('three wrong codes in five minutes are an alert that names its events, and how late it came', async (app) => {
  const keeper = await keeperOf(app)
  const { clock, runJobs } = app.house.server
  await runJobs()
  const { user } = await createGuardedUser(app)
  const challenge = await openChallenge(app, user)
  await wrongCode(app, challenge)
  await wrongCode(app, challenge)
  clock.advance('45s')
  assert.deepEqual(await alertsOf(app, keeper, { user_id: user.id }), [])
  const record = await app.house.recordOf(async () => {
    await wrongCode(app, challenge)
    clock.advance('3s')
    await runJobs()
  })
  const [alert, ...others] = await alertsOf(app, keeper, { user_id: user.id })
  assert.ok(alert)
  assert.deepEqual(others, [])
  assert.equal(summary(alert), 'mfa_failures open 3')
  assert.equal(alert.delay_ms, 3000)
  assert.ok(alert.event_ids.includes(record.find(({ type }) => type === 'factor.rejected')?.id ?? ''))
  assert.ok(alert.reasons.includes('mismatch'))
  const raised = record.find(({ type }) => type === 'alert.raised')
  assert.deepEqual(
    [raised?.user_id, raised?.data['alert_id'], raised?.data['rule'], raised?.data['delay_ms']],
    [user.id, alert.id, 'mfa_failures', 3000],
  )
})

attack('who mistypes on a device of their own is no alert', async (app) => {
  const keeper = await keeperOf(app)
  const { clock } = app.house.server
  const { user, phone } = await createGuardedUser(app)
  const { user: neighbour } = await createGuardedUser(app)
  const first = await openChallenge(app, user)
  clock.advance('30s')
  const body = { code: codeOf(app, phone.account), remember_device: true }
  const shown = await app.send({ path: `/v1/challenges/${first}/verify`, body })
  const device_token = shown.json?.['device_token']
  assert.ok(device_token)
  const end_user = { ...atHome, device_token }
  const mistype = async (who: typeof user) => {
    const id = await openChallenge(app, who)
    const body = { code: '000000', end_user }
    for (let tries = 0; tries < 3; tries++) await app.send({ path: `/v1/challenges/${id}/verify`, body })
  }
  await mistype(user)
  assert.deepEqual(await alertsOf(app, keeper, { user_id: user.id }), [])
  // It is the device of one person and of nobody else.
  await mistype(neighbour)
  assert.equal((await alertsOf(app, keeper, { user_id: neighbour.id })).length, 1)
})

attack('more of the same belongs to the same alert until somebody closes it', async (app) => {
  const keeper = await keeperOf(app)
  const { clock } = app.house.server
  const { user } = await createGuardedUser(app)
  const fail = async () => {
    const challenge = await openChallenge(app, user)
    for (let tries = 0; tries < 3; tries++) {
      await wrongCode(app, challenge)
      clock.advance('1m')
    }
  }
  await fail()
  const [first] = await alertsOf(app, keeper, { user_id: user.id, rule: 'mfa_failures' })
  assert.ok(first)
  const seen = await keeper.sdk.alerts.acknowledge({ id: first.id, reason: 'looking' })
  assert.deepEqual([seen.state, seen.note], ['acknowledged', 'looking'])
  clock.advance('6m')
  await fail()
  const [grown, ...none] = await alertsOf(app, keeper, { user_id: user.id, rule: 'mfa_failures' })
  assert.deepEqual(none, [])
  assert.equal(grown?.id, first.id)
  assert.ok(grown.count > first.count)
  clock.advance('6m')
  await wrongCode(app, await openChallenge(app, user))
  const [more] = await alertsOf(app, keeper, { user_id: user.id, rule: 'mfa_failures' })
  assert.equal(more?.count, grown.count + 1, 'each one belongs to it')
  await keeper.sdk.alerts.resolve({ id: first.id, reason: 'forgot the phone' })
  await assert.rejects(keeper.sdk.alerts.acknowledge({ id: first.id, reason: 'late' }), { code: 'version_conflict' })
  clock.advance('20m')
  await fail()
  const after = await alertsOf(app, keeper, { user_id: user.id, rule: 'mfa_failures' })
  assert.deepEqual(
    after.map(({ state }) => state),
    ['open', 'resolved'],
  )
})

attack('what is expected is not raised again for a day', async (app) => {
  const keeper = await keeperOf(app)
  const { clock } = app.house.server
  const user = await app.createUser({ password })
  const login = (ip: string) => app.sdk.auth.login({ email: user.email, password, end_user: { ...atHome, ip } })
  const travels = () => alertsOf(app, keeper, { user_id: user.id, rule: 'impossible_travel' })
  await login('5.9.1.1')
  await login('133.11.0.1')
  const [alert] = await travels()
  assert.equal(alert?.severity, 'critical')
  assert.ok(alert.reasons.includes('different_country'))
  await keeper.sdk.alerts.expect({ id: alert.id, reason: 'their VPN' })
  await login('5.9.1.1')
  assert.equal((await travels()).length, 1)
  clock.advance('25h')
  await login('200.160.2.3')
  clock.advance('1m')
  await login('133.11.0.1')
  assert.deepEqual(
    (await travels()).map(({ state }) => state),
    ['open', 'expected'],
  )
})

attack('each use of a recovery code is an alert, and so is a sign-in from another country', async (app) => {
  const keeper = await keeperOf(app)
  const { user, phone } = await createGuardedUser(app)
  const first = await openChallenge(app, user)
  const body = { code: codeOf(app, phone.account), end_user: atHome }
  assert.equal((await app.send({ path: `/v1/challenges/${first}/verify`, body })).status, 200)
  const challenge = await openChallenge(app, user)
  const abroad = { code: phone.recoveryCodes[0], end_user: { ...atHome, ip: '200.160.2.3' } }
  const answer = await app.send({ path: `/v1/challenges/${challenge}/verify`, body: abroad })
  assert.equal(answer.status, 200, answer.text)
  const rules = (await alertsOf(app, keeper, { user_id: user.id })).map(({ rule }) => rule)
  for (const rule of ['recovery_code_used', 'different_country', 'impossible_travel'] as const) {
    assert.ok(rules.includes(rule), `${rule} of ${rules}`)
  }
})

attack('one address that tries many accounts is found, known or not', async (app) => {
  const keeper = await keeperOf(app)
  const ip = `2a00:1450:${app.slug.charCodeAt(5).toString(16)}${app.slug.charCodeAt(6).toString(16)}::7`
  const from = { ...atHome, ip }
  for (let index = 0; index < 8; index++) {
    await app.send({
      path: '/v1/auth/login',
      body: { email: `n${index}@nowhere.test`, password: 'no', end_user: from },
    })
  }
  const found = (await alertsOf(app, keeper, { rule: 'many_accounts' })).find(({ source }) => source === ip)
  assert.ok(found)
  assert.deepEqual([found.user_id, found.count, found.severity], [null, 8, 'critical'])

  // A known way in from there is closed, too, whatever the password is.
  const user = await app.createUser({ password })
  const acted = await keeper.sdk.alerts.act({ id: found.id, action: 'block_source', reason: 'stuffing' })
  assert.equal(acted.id, found.id)
  const login = (end_user: object) =>
    app.send({ path: '/v1/auth/login', body: { email: user.email, password, end_user } })
  assertProblem(await login({ ...from, ip: ip.replace('::7', '::8') }), 'too_many_attempts')
  assert.equal((await login(atHome)).status, 200, 'from elsewhere the door is open')
  app.house.server.clock.advance('1h')
  assert.equal((await login(from)).status, 200)
  await assert.rejects(keeper.sdk.alerts.act({ id: found.id, action: 'lock_user', reason: 'x' }), {
    code: 'invalid_request',
  })
})

attack('an alert leads to what can be done about its user', async (app) => {
  const keeper = await keeperOf(app)
  const user = await app.createUser({ password })
  const login = (end_user: object = atHome) =>
    app.send({ path: '/v1/auth/login', body: { email: user.email, password, end_user } })
  const token = String((await login()).json?.['access_token'])
  await login({ ...atHome, ip: '133.11.0.1' })
  const [alert] = await alertsOf(app, keeper, { user_id: user.id, rule: 'different_country' })
  assert.ok(alert)
  const act = (action: 'end_sessions' | 'demand_mfa' | 'lock_user') =>
    keeper.sdk.alerts.act({ id: alert.id, action, reason: 'test' })
  const isActive = async () => (await app.sdk.tokens.validate({ token })).active
  await act('demand_mfa')
  assert.equal(await isActive(), true)
  await act('end_sessions')
  assert.equal(await isActive(), false)
  const record = await app.house.recordOf(() => act('lock_user'))
  assert.deepEqual(record.map(({ type }) => type).toSorted(), ['alert.acted_on', 'user.locked'])
  assertProblem(await login(), 'too_many_attempts')
  assert.ok(!(await alertsOf(app, keeper, { user_id: user.id })).some(({ rule }) => rule === 'account_locked'))
  await app.sdk.users.unlock({ id: user.id, reason: 'done' })
  assert.equal((await login()).status, 200)
})

attack('a rule that the tenant has switched off raises nothing', async (app) => {
  const keeper = await keeperOf(app)
  await keeper.sdk.policy.update({ alerts: { different_country: { on: false } }, reason: 'noise' })
  const user = await app.createUser({ password })
  for (const ip of ['5.9.1.1', '133.11.0.1']) {
    await app.sdk.auth.login({ email: user.email, password, end_user: { ...atHome, ip } })
  }
  const rules = (await alertsOf(app, keeper, { user_id: user.id })).map(({ rule }) => rule)
  await keeper.sdk.policy.update({ alerts: { different_country: {} }, reason: 'again' })
  assert.ok(rules.includes('impossible_travel'))
  assert.ok(!rules.includes('different_country'))
})

attack('154 the alerts of another tenant are not there, and who may only read changes nothing', async (app) => {
  const keeper = await keeperOf(app)
  const user = await app.createUser({ password })
  for (const ip of ['5.9.1.1', '133.11.0.1']) {
    await app.sdk.auth.login({ email: user.email, password, end_user: { ...atHome, ip } })
  }
  const [alert] = await alertsOf(app, keeper, { user_id: user.id })
  assert.ok(alert)
  const stranger = await app.house.newApp({ tenant: 'default', scopes: ['alerts:read', 'alerts:write', 'audit:read'] })
  await assert.rejects(stranger.sdk.alerts.get({ id: alert.id }), { code: 'not_found' })
  await assert.rejects(stranger.sdk.alerts.resolve({ id: alert.id, reason: 'mine' }), { code: 'not_found' })
  assert.deepEqual((await stranger.sdk.alerts.listPage({ user_id: user.id })).data, [])
  await assertRefused(
    app,
    { path: `/v1/alerts/${alert.id}/resolve`, body: { reason: 'nothing to see' } },
    { code: 'insufficient_scope' },
  )
  await app.sdk.users.erase({ id: user.id, reason: 'asked for it' })
  assert.deepEqual((await keeper.sdk.alerts.listPage({ user_id: user.id })).data, [])
})
