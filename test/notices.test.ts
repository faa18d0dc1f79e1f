import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { usualScopes } from '@gatehouse/contract/operation'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import { emptyDatabase } from './empty-database.ts'
import { startReceiver } from './webhook-receiver.ts'

const password = 'seven unrelated words in a row'
const safari =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15'

async function openHouse(t: TestContext, databaseUrl?: string) {
  const server = await startTestServer({
    databaseUrl,
    settings: {
      GATEHOUSE_ADMIN_MAIL: 'ops@example.test, security@example.test',
      GATEHOUSE_WEBHOOK_NETWORKS: '127.0.0.1',
    },
  })
  t.after(() => server.stop())
  const gatehouse = await server.client()
  /** What has gone out since the last time, as `recipient: kind`. */
  const told = async () => {
    await server.outbox.all()
    // A job that had to give way is tried again a second later.
    server.clock.advance('2s')
    const sent = await server.outbox.all()
    await server.outbox.clear()
    return sent.map(({ to, kind }) => `${to}: ${kind}`).sort()
  }
  return { server, gatehouse, told }
}

function onBothEngines(name: string, run: (house: Awaited<ReturnType<typeof openHouse>>) => Promise<void>): void {
  test(`${name} (sqlite)`, async (t) => run(await openHouse(t)))
  test(`${name} (postgres)`, async (t) => {
    const database = await emptyDatabase()
    if (!database) {
      t.diagnostic('not checked: PostgreSQL (run the tests with npm test)')
      return
    }
    const house = await openHouse(t, database.url)
    t.after(() => database.drop())
    await run(house)
  })
}

onBothEngines(
  '116 the owner is told of each change, at the old address, too, and administrators of recovery codes',
  async (house) => {
    const { server, gatehouse, told } = house
    const user = await gatehouse.users.create({ email: 'ada@example.test', password })
    assert.deepEqual(await told(), [], 'a new account is no news to its owner')

    const phone = virtualPhone()
    const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'totp' })
    assert.ok(enrollment.type === 'totp')
    const account = phone.scan(enrollment.uri)
    const activated = await gatehouse.factors.activate({
      id: factor.id,
      code: phone.nextCode(account, server.clock.now()),
    })
    assert.deepEqual(await told(), ['ada@example.test: factor_added'])

    const end_user = { ip: '203.0.113.9', user_agent: safari }
    const begun = await gatehouse.auth.login({ email: user.email, password, end_user })
    assert.ok(begun.status === 'mfa_required')
    const [code] = activated.recovery_codes ?? []
    assert.ok(code)
    await gatehouse.challenges.verify({ id: begun.challenge.id, code, end_user })
    const mail = await server.outbox.last('ada@example.test')
    assert.match(mail?.text ?? '', /From the address 203\.0\.113\.9, with Safari on macOS\./)
    assert.deepEqual(await told(), [
      'ada@example.test: new_device',
      'ada@example.test: recovery_code_used',
      'ops@example.test: admin_recovery_code_used',
      'security@example.test: admin_recovery_code_used',
    ])

    await gatehouse.users.update({ id: user.id, email: 'ada@new.example.test', password: `${password} and more` })
    assert.deepEqual(await told(), [
      'ada@example.test: email_changed',
      'ada@new.example.test: email_changed',
      'ada@new.example.test: password_changed',
    ])
    await gatehouse.factors.remove({ id: factor.id })
    assert.deepEqual(await told(), ['ada@new.example.test: factor_removed', 'ada@new.example.test: factor_removed'])
    assert.deepEqual(server.failures, [])
  },
)

onBothEngines(
  'a lockout is told once a day, however often somebody tries, and of unknown names to nobody',
  async (house) => {
    const { server, gatehouse, told } = house
    await gatehouse.users.create({ email: 'ada@example.test', password })
    const lock = async (email: string) => {
      for (let i = 0; i < 6; i++) {
        await assert.rejects(gatehouse.auth.login({ email, password: 'wrong' }))
        server.clock.advance('1s')
      }
      server.clock.advance('31m')
    }
    server.clock.set(new Date('2027-01-10T01:00:00Z'))
    for (let i = 0; i < 10; i++) await lock('ada@example.test')
    await lock('nobody@example.test')
    const once = [
      'ada@example.test: account_locked',
      'ops@example.test: admin_alert',
      'security@example.test: admin_alert',
    ]
    assert.deepEqual(await told(), once)
    server.clock.advance('1d')
    await lock('ada@example.test')
    assert.deepEqual(await told(), once)
  },
)

onBothEngines('a sign-in is told when it comes from somewhere new', async ({ server, gatehouse, told }) => {
  await gatehouse.users.create({ email: 'ada@example.test', password })
  const signIn = (ip: string, user_agent = safari) =>
    gatehouse.auth.login({ email: 'ada@example.test', password, end_user: { ip, user_agent } })
  await signIn('203.0.113.9')
  await signIn('203.0.113.9')
  assert.deepEqual(await told(), ['ada@example.test: new_device'])
  // Somebody else who comes a minute later is told of as well.
  await signIn('192.0.2.1')
  assert.deepEqual(await told(), ['ada@example.test: new_device'])
  server.clock.advance('2h')
  await signIn('203.0.200.1')
  assert.deepEqual(await told(), [])
  await signIn('198.51.100.1')
  assert.deepEqual(await told(), ['ada@example.test: new_device'])
  server.clock.advance('91d')
  await signIn('203.0.113.9')
  assert.deepEqual(await told(), ['ada@example.test: new_device'])
  // Whoever goes round the world in minutes fills no mailbox.
  let mails = 0
  for (let network = 1; network <= 12; network++) {
    server.clock.advance('20s')
    await signIn(`10.${network}.0.1`)
    mails += (await told()).length
  }
  assert.ok(mails >= 4 && mails <= 7, `${mails} mails`)
})

onBothEngines('administrators are told of an endpoint that is disabled, by a mail and an alert', async (house) => {
  const { server, told } = house
  const keeper = await server.client({ scopes: [...usualScopes, 'webhooks:read', 'webhooks:write', 'alerts:read'] })
  const receiver = await startReceiver()
  receiver.answer((response) => response.writeHead(410).end())
  const { endpoint } = await keeper.webhookEndpoints.create({ url: receiver.url, events: ['user.created'] })
  await keeper.users.create({ email: 'ada@example.test', password })
  const once = ['ops@example.test: admin_webhook_disabled', 'security@example.test: admin_webhook_disabled']
  assert.deepEqual(await told(), once)
  await server.runJobs()
  const { data } = await keeper.alerts.listPage({ rule: 'webhook_disabled' })
  assert.deepEqual(
    data.map(({ state, count, reasons }) => [state, count, reasons]),
    [['open', 1, ['webhook_endpoint.disabled', 'gone', endpoint.id]]],
  )
  assert.equal((await keeper.webhookEndpoints.get({ id: endpoint.id })).disabled_reason, 'gone')
  assert.deepEqual(await told(), [])
  await receiver.close()
})
