import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { ServiceLevel } from '@gatehouse/contract/level-operations'
import type { LevelName } from '@gatehouse/contract/levels'
import { usualScopes } from '@gatehouse/contract/operation'
import type { Gatehouse } from '@gatehouse/sdk'
import { startTestServer, type TestServer, type TestServerOptions, unlimited } from '@gatehouse/testing'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import { virtualPushDevice } from '@gatehouse/testing/virtual-push-device'
import { emptyDatabase } from './empty-database.ts'

const password = 'seven unrelated words in a row'
const startAt = new Date('2026-11-22T10:00:00Z')
const phone = virtualPhone()

/** A case on both engines, each with a server of its own that has read its record to the end. */
function onServers(
  title: string,
  policy: TestServerOptions['policy'],
  run: (server: TestServer, gatehouse: Gatehouse) => Promise<void>,
): void {
  for (const engine of ['sqlite', 'postgres'] as const) {
    test(`${title} (${engine})`, async (t) => {
      const database = engine === 'postgres' ? await emptyDatabase() : undefined
      if (engine === 'postgres' && !database)
        return t.diagnostic('not checked: PostgreSQL (run the tests with npm test)')
      const server = await startTestServer({ databaseUrl: database?.url, policy: { ...unlimited, ...policy }, startAt })
      after(async () => {
        await server.stop()
        await database?.drop()
      })
      await server.runJobs()
      const scopes = [...usualScopes, 'alerts:write'] as const
      await run(server, await server.client({ scopes }))
      assert.deepEqual(server.failures, [])
      return undefined
    })
  }
}

async function levelsOf(gatehouse: Gatehouse, period: { readonly since?: string } = {}) {
  const found = await gatehouse.serviceLevels.get(period)
  const level = (name: LevelName): ServiceLevel =>
    found.levels.find((each) => each.name === name) ?? assert.fail(`${name} is not told`)
  return { ...found, level }
}

async function begin(gatehouse: Gatehouse, email: string) {
  const user = await gatehouse.users.create({ email, password })
  const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'totp' })
  return { user, email, factorId: factor.id, account: phone.scan(enrollment.uri) }
}
type Begun = Awaited<ReturnType<typeof begin>>

async function finish(server: TestServer, gatehouse: Gatehouse, { factorId, account }: Begun) {
  const code = phone.code(account, server.clock.now())
  const { recovery_codes: codes = [] } = await gatehouse.factors.activate({ id: factorId, code })
  server.clock.advance('30s')
  return codes
}

async function challengeOf(gatehouse: Gatehouse, { email }: { readonly email: string }) {
  const answer = await gatehouse.auth.login({ email, password })
  assert.ok(answer.status === 'mfa_required')
  return answer.challenge
}

onServers('each figure is what is counted by hand', {}, async (server, gatehouse) => {
  const { clock, runJobs } = server
  // Enrolments. Ada's works at once, Ben types the key and is wrong once, Cleo gives up, Dan begins twice.
  const ada = await begin(gatehouse, 'ada@example.test') // calls: 2
  const [first, second] = await finish(server, gatehouse, ada) // 3, one proof
  const ben = await begin(gatehouse, 'ben@example.test') // 5
  for (let again = 0; again < 2; again++) await gatehouse.factors.noteKeyShown({ id: ben.factorId }) // 7, counted once
  await assert.rejects(gatehouse.factors.activate({ id: ben.factorId, code: '000000' })) // 8, two proofs
  await finish(server, gatehouse, ben) // 9, three
  const cleo = await begin(gatehouse, 'cleo@example.test') // 11
  const dan = await begin(gatehouse, 'dan@example.test') // 13
  await gatehouse.users.factors.enroll({ id: dan.user.id, type: 'totp' }) // 14
  await finish(server, gatehouse, dan) // 15, four

  // Sign-ins. Ada mistypes once, Ben never gets it right, Cleo has no factor, Dan does not answer.
  const adas = await challengeOf(gatehouse, ada) // 16
  await assert.rejects(gatehouse.challenges.verify({ id: adas.id, code: '000000' })) // 17, five
  await gatehouse.challenges.verify({ id: adas.id, code: phone.code(ada.account, clock.now()) }) // 18, six
  const bens = await challengeOf(gatehouse, ben) // 19
  await assert.rejects(gatehouse.challenges.verify({ id: bens.id, code: '000000' })) // 20, seven
  assert.equal((await gatehouse.auth.login({ email: cleo.email, password })).status, 'authenticated') // 21
  await challengeOf(gatehouse, dan) // 22
  await assert.rejects(gatehouse.auth.login({ email: ada.email, password: 'wrong' })) // 23
  await assert.rejects(gatehouse.auth.login({ email: 'nobody@example.test', password })) // 24
  await runJobs()

  // Alerts: a recovery code that is seen after three seconds, and one after seven.
  const recovery = async (code: string | undefined, afterMs: number) => {
    const { id } = await challengeOf(gatehouse, ada)
    await gatehouse.challenges.verify({ id, code: code ?? '' })
    clock.advance(afterMs)
    await runJobs()
  }
  await recovery(first, 3000) // 26, eight
  const [alert] = (await gatehouse.alerts.listPage({ rule: 'recovery_code_used' })).data // 27
  await gatehouse.alerts.resolve({ id: alert?.id ?? assert.fail('no alert'), reason: 'seen' }) // 28
  await recovery(second, 7000) // 30, nine
  clock.advance('15m')
  await runJobs()
  clock.advance('1m')
  await runJobs()

  const { level, enrollment_funnel: funnel } = await levelsOf(gatehouse)
  const figures = (name: LevelName) => {
    const { good, bad, value, met } = level(name)
    return { good, bad, value, met }
  }
  assert.deepEqual(figures('enrollment'), { good: 3, bad: 1, value: 75, met: false })
  assert.deepEqual(figures('qr'), { good: 2, bad: 2, value: 50, met: false })
  const steps = { started: 4, restarted: 1, key_shown: 1, rejected: 1, done: 3, abandoned: 1 }
  assert.deepEqual(funnel, [{ type: 'totp', ...steps }])
  assert.deepEqual(figures('sign_in'), { good: 6, bad: 0, value: 100, met: true })
  assert.deepEqual(level('sign_in').counted, { completed: 6, unknown_user: 1, wrong_password: 1 })
  // Ada by her app and by two codes; Ben never. Of four, 0.02 might have failed.
  assert.deepEqual(figures('mfa'), { good: 3, bad: 1, value: 75, met: false })
  assert.equal(level('mfa').budget_left, -49)
  // The clock stands still while a request is answered.
  assert.deepEqual(level('api').counted, { 5: 30 })
  assert.deepEqual([level('api').met, level('api').p99_ms], [true, 5])
  assert.deepEqual(level('mfa_time').counted, { 5: 9 })
  assert.deepEqual(level('alert_delay').counted, { 3000: 1, 10000: 1 })
  assert.deepEqual(figures('alert_delay'), { good: 1, bad: 1, value: 50, met: false })
  assert.deepEqual(figures('push_fcm'), { good: 0, bad: 0, value: null, met: null })

  // 154 another tenant has figures of its own.
  const stranger = await server.client({ tenant: 'default' })
  const theirs = await levelsOf(stranger)
  assert.deepEqual(theirs.enrollment_funnel, [])
  assert.ok(theirs.levels.every(({ good, bad }) => good + bad === 0))

  // Hours later the last five minutes know nothing of it, and the days still do.
  clock.advance('3h')
  const lately = await levelsOf(gatehouse, { since: new Date(clock.now().getTime() - 3_600_000).toISOString() })
  assert.deepEqual([lately.level('mfa').good, lately.level('mfa').bad], [0, 0])
  clock.advance('20d')
  await runJobs()
  assert.equal((await levelsOf(gatehouse)).level('mfa').good, 3)
})

onServers('a level that burns is an alert, once, and recovers', { burnFailures: 2 }, async (server, gatehouse) => {
  const { clock, runJobs } = server
  const people = [await begin(gatehouse, 'ada@example.test'), await begin(gatehouse, 'ben@example.test')]
  for (const each of people) await finish(server, gatehouse, each)
  for (const each of people) {
    const { id } = await challengeOf(gatehouse, each)
    await assert.rejects(gatehouse.challenges.verify({ id, code: '000000' }))
  }
  const alertsOf = async () => {
    await runJobs()
    return (await gatehouse.alerts.listPage({})).data.filter(({ rule }) => rule.startsWith('level_'))
  }
  await runJobs()
  clock.advance('6m')
  assert.deepEqual(
    (await alertsOf()).map(({ rule }) => rule),
    [],
  )
  clock.advance('1m')
  await runJobs()
  const [alert, ...others] = await alertsOf()
  assert.deepEqual(others, [])
  assert.deepEqual([alert?.rule, alert?.severity, alert?.user_id], ['level_burning_fast', 'critical', null])
  assert.ok(alert?.reasons.includes('mfa'))
  assert.equal((await levelsOf(gatehouse)).level('mfa').burning, 'fast')
  clock.advance('1m')
  assert.equal((await alertsOf())[0]?.count, 1, 'it is told once')
  clock.advance('1d')
  await alertsOf()
  assert.equal((await levelsOf(gatehouse)).level('mfa').burning, null)
  const { data } = await gatehouse.auditEvents.listPage({ action: 'service_level_recovered' })
  assert.deepEqual(
    data.map((event) => event.data['reason']),
    ['mfa'],
  )
})

onServers(
  'a transport that does not reach devices comes last, and is tried again',
  { pushRateRequests: 5, pushPerTenMinutes: 10, pushUnansweredPerDay: 20 },
  async (server, gatehouse) => {
    const { clock, runJobs, url } = server
    const ada = await gatehouse.users.create({ email: 'ada@example.test', password })
    const device = virtualPushDevice({ url, now: clock.now })
    const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: ada.id, type: 'push' })
    await gatehouse.factors.activate({ id: factor.id, code: await device.pair(enrollment.pairing_code) })
    const mail = await gatehouse.users.factors.enroll({ id: ada.id, type: 'email' })
    await gatehouse.factors.activate({ id: mail.factor.id, code: await server.outbox.code(ada.email) })
    const offered = async () => (await challengeOf(gatehouse, ada)).factors.map(({ type }) => type)
    const usual = ['push', 'email', 'recovery_codes']
    assert.deepEqual(await offered(), usual)

    // Four of ten are fetched in time.
    await runJobs()
    for (let index = 0; index < 10; index++) {
      const { id } = await challengeOf(gatehouse, ada)
      await gatehouse.challenges.send({ id, factor_id: factor.id })
      if (index < 4) await device.requests()
      clock.advance('2m')
    }
    await runJobs()
    clock.advance('2m')
    await runJobs()
    const { level, failing_transports: failing } = await levelsOf(gatehouse)
    const { good, bad, value, met } = level('push_polling')
    assert.deepEqual({ good, bad, value, met }, { good: 4, bad: 6, value: 40, met: false })
    assert.deepEqual(failing, ['polling'])
    assert.deepEqual(await offered(), ['email', 'push', 'recovery_codes'])
    const [alert] = (await gatehouse.alerts.listPage({ rule: 'push_transport_failing' })).data
    assert.ok(alert?.reasons.includes('polling'))

    clock.advance('7h')
    await runJobs()
    assert.deepEqual((await levelsOf(gatehouse)).failing_transports, [])
    assert.deepEqual(await offered(), usual)
  },
)
