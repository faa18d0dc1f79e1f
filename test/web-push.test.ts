import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { virtualPushDevice } from '@gatehouse/testing/virtual-push-device'
import { startFirebase } from '../packages/server/src/messages/push/test-firebase.ts'
import { startPushService } from '../packages/server/src/messages/push/test-push-service.ts'
import { emptyDatabase } from './empty-database.ts'

const password = 'seven unrelated words in a row'
const engines = ['sqlite', 'postgres'] as const

/** A server that may call a push service of this machine, and somebody with a device. Undefined without PostgreSQL. */
async function start(t: TestContext, engine: (typeof engines)[number], more: Readonly<Record<string, string>> = {}) {
  const database = engine === 'postgres' ? await emptyDatabase() : undefined
  if (engine === 'postgres' && !database) {
    t.diagnostic('not checked: PostgreSQL (GATEHOUSE_TEST_DATABASE_URL is not set; run the tests with npm test)')
    return undefined
  }
  let now = () => new Date()
  const service = await startPushService(t, () => now())
  const settings = { GATEHOUSE_WEB_PUSH_SERVICES: service.url, GATEHOUSE_ADMIN_MAIL: 'ops@example.org', ...more }
  const server = await startTestServer({ settings, databaseUrl: database?.url })
  t.after(async () => {
    await server.stop()
    await database?.drop()
  })
  now = server.clock.now
  const gatehouse = await server.client({ tenant: 'default' })
  const user = await gatehouse.users.create({ email: 'ada@example.test', password })
  const device = virtualPushDevice({ url: server.url, now })
  const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'push' })
  await gatehouse.factors.activate({ id: factor.id, code: await device.pair(enrollment.pairing_code) })
  const { json: transports } = await device.transports()
  const { public_key: serverKey } = transports['web_push'] as { public_key: string }
  const subscribe = async () => {
    const subscription = service.subscribe(serverKey)
    const { status, json } = await device.subscribe(subscription)
    assert.deepEqual([status, json], [200, { transport: 'web_push' }])
    return subscription
  }
  /** A sign-in that asks the device; all that is to be sent has been sent. */
  const ask = async () => {
    server.clock.advance('10m')
    const login = await gatehouse.auth.login({ email: user.email, password })
    assert.ok(login.status === 'mfa_required')
    const { number = '' } = await gatehouse.challenges.send({ id: login.challenge.id, factor_id: factor.id })
    await server.outbox.all()
    return { id: login.challenge.id, number }
  }
  const eventsOf = async (type: string) => {
    const found = []
    for await (const event of gatehouse.auditEvents.list()) if (event.type === type) found.unshift(event.data)
    return found
  }
  return { server, service, serverKey, gatehouse, user, device, factor, subscribe, ask, eventsOf }
}

for (const engine of engines) {
  test(`a browser is woken by its push service, and approves what waits (${engine})`, async (t) => {
    const house = await start(t, engine)
    if (!house) return
    const { server, service, gatehouse, device, factor, ask, eventsOf } = house
    const { endpoint } = await house.subscribe()
    const asked = await ask()

    assert.equal(service.messages.length, 1)
    const [message] = service.messages
    assert.equal(`${service.url}${message?.path}`, endpoint)
    assert.equal(message?.text, 'A sign-in to Gatehouse waits for your answer.')
    assert.equal(message.until, new Date(server.clock.now().getTime() + 60_000).toISOString())
    assert.deepEqual([message.headers['ttl'], message.headers['urgency']], ['60', 'high'])
    assert.match(String(message.headers['topic']), /^[\w-]{32}$/)
    const [, token = ''] = /t=([^,]+)/.exec(String(message.headers['authorization'])) ?? []
    const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    assert.equal(sub, 'mailto:ops@example.org')

    const [request] = await device.requests()
    assert.equal((await device.approve(request!.id, asked.number)).status, 200)
    assert.equal((await gatehouse.challenges.verify({ id: asked.id })).status, 'authenticated')
    assert.deepEqual(await eventsOf('push.subscribed'), [
      { factor_id: factor.id, transport: 'web_push', transport_before: 'polling' },
    ])
    // Where a browser is reached is as good as a key to it.
    const record = JSON.stringify(await gatehouse.auditEvents.listPage({ limit: 200 }))
    assert.ok(!record.includes(endpoint) && !record.includes('/push/'))
    assert.deepEqual(server.failures, [])
  })

  test(`a subscription that is gone is forgotten, and the device asks by itself (${engine})`, async (t) => {
    const house = await start(t, engine)
    if (!house) return
    const { service, gatehouse, device, factor, ask, eventsOf } = house
    for (const status of [404, 410]) {
      await house.subscribe()
      service.status = status
      const asked = await ask()
      assert.equal((await eventsOf('push.unsubscribed')).length, status === 404 ? 1 : 2)
      // Nobody is called any more, whatever the service says.
      service.status = 201
      const [request] = await device.requests()
      assert.equal((await device.approve(request!.id, asked.number)).status, 200)
      assert.equal((await gatehouse.challenges.verify({ id: asked.id })).status, 'authenticated')
      const silent = await ask()
      assert.deepEqual(service.messages, [])
      const [next] = await device.requests()
      assert.equal((await device.approve(next!.id, silent.number)).status, 200)
    }
    assert.deepEqual((await eventsOf('push.unsubscribed'))[0], {
      factor_id: factor.id,
      transport: 'polling',
      transport_before: 'web_push',
    })
  })

  test(`a push service that is busy is asked again, as long as the request waits (${engine})`, async (t) => {
    const house = await start(t, engine)
    if (!house) return
    const { server, service, device, ask, eventsOf } = house
    await house.subscribe()
    service.status = 503
    await ask()
    assert.equal(service.messages.length, 0)
    service.status = 201
    server.clock.advance('2s')
    await server.outbox.all()
    assert.equal(service.messages.length, 1)
    assert.equal(service.messages[0]?.headers['ttl'], '58')

    const [request] = await device.requests()
    await device.deny(request!.id)
    await house.gatehouse.users.unlock({ id: house.user.id, reason: 'asked her' })
    service.status = 429
    await ask()
    server.clock.advance('61s')
    service.status = 201
    await server.outbox.all()
    assert.equal(service.messages.length, 1, 'a request that is over was sent')
    assert.deepEqual(
      (await eventsOf('message.failed')).map(({ reason }) => reason),
      ['expired'],
    )
  })

  test(`a device says where it is reached by its own signature, once, and nowhere inside (${engine})`, async (t) => {
    const house = await start(t, engine)
    if (!house) return
    const { server, service, device, ask } = house
    const subscription = service.subscribe(house.serverKey)
    const codeOf = async (answer: ReturnType<typeof device.subscribe>) => (await answer).json['code']
    assert.equal(await codeOf(device.subscribe(subscription, { otherKey: true })), 'device_not_accepted')
    const other = { ...subscription, endpoint: `${subscription.endpoint}x` }
    assert.equal(await codeOf(device.subscribe(subscription, { sent: { subscription: other } })), 'device_not_accepted')
    const late = { skewSeconds: -301 }
    assert.equal(await codeOf(device.subscribe(subscription, late)), 'signature_timestamp_out_of_range')
    for (const endpoint of ['https://127.0.0.1/x', 'http://169.254.169.254/latest', 'https://push.example.org/x']) {
      const named = { ...subscription, endpoint }
      assert.equal(await codeOf(device.subscribe(named)), 'push_service_not_allowed', endpoint)
    }
    assert.equal(await codeOf(device.subscribe({ transport: 'fcm', token: 'abc' })), 'push_service_not_allowed')
    await ask()
    assert.deepEqual(service.messages, [])

    // What was said once is not said again by whoever has overheard it, nor with the other signature of the same text.
    assert.equal((await device.subscribe(subscription)).status, 200)
    server.clock.advance('1s')
    assert.equal((await device.subscribe({ transport: 'polling' })).status, 200)
    assert.equal(await codeOf(device.subscribe(subscription, { skewSeconds: -1 })), 'signature_replayed')
    await device.deny((await device.requests())[0]!.id)
  })
}

for (const engine of engines) {
  test(`an app is woken by Firebase, and asks by itself once it is not there any more (${engine})`, async (t) => {
    let now = () => new Date()
    const firebase = await startFirebase(t, () => now())
    const house = await start(t, engine, { GATEHOUSE_FCM: firebase.accountFile, GATEHOUSE_FCM_URL: firebase.url })
    if (!house) return
    const { server, gatehouse, device, ask, eventsOf } = house
    now = server.clock.now
    assert.deepEqual((await device.transports()).json['fcm'], { project_id: 'example-123' })
    assert.deepEqual((await device.subscribe({ transport: 'fcm', token: 'app-1' })).json, { transport: 'fcm' })
    const asked = await ask()
    assert.deepEqual(
      firebase.messages.map(({ token, android }) => [token, android.priority, android.ttl]),
      [['app-1', 'HIGH', '60s']],
    )
    const [request] = await device.requests()
    assert.equal((await device.approve(request!.id, asked.number)).status, 200)
    assert.equal((await gatehouse.challenges.verify({ id: asked.id })).status, 'authenticated')

    firebase.refusal = { status: 404, name: 'NOT_FOUND', errorCode: 'UNREGISTERED' }
    await ask()
    assert.equal((await eventsOf('push.unsubscribed')).length, 1)
    const calls = firebase.calls
    const [missed] = await device.requests()
    await device.approve(missed!.id, '00')
    await ask()
    assert.equal(firebase.calls, calls)
    assert.equal((await device.requests()).length, 1)
    // Neither the key of the account nor that of the device is anywhere to be read.
    const record = JSON.stringify(await gatehouse.auditEvents.listPage({ limit: 200 }))
    assert.ok(!record.includes('app-1') && !record.includes('ya29'))
    assert.deepEqual(server.failures, [])
  })
}

for (const engine of engines) {
  test(`what reaches devices is counted by transport: accepted, delivered, late and missed (${engine})`, async (t) => {
    const house = await start(t, engine)
    if (!house) return
    const { server, service, gatehouse, device, ask } = house
    const figures = async (period = {}) => {
      const { transports } = await gatehouse.push.deliveries(period)
      return transports.filter(({ asked }) => asked > 0)
    }
    const look = async (after: Parameters<typeof server.clock.advance>[0]) => {
      server.clock.advance(after)
      const [request] = await device.requests()
      if (request) await device.approve(request.id, '00')
    }
    assert.deepEqual(await figures(), [])

    // By itself: after four seconds, and much too late.
    await ask()
    await look('4s')
    await ask()
    await look('2m')
    const polled = { transport: 'polling', asked: 2, accepted: null, failed: null, delivered: 1, late: 1, missed: 0 }
    assert.deepEqual(await figures(), [{ ...polled, waiting: 0, delivery_rate: 0.5, average_ms: 4000 }])
    // Who looks again changes nothing.
    await look('1s')
    assert.equal((await figures())[0]?.average_ms, 4000)

    // Woken: in one second, in two, never, not at all, and one that waits.
    await gatehouse.users.unlock({ id: house.user.id, reason: 'a test' })
    await house.subscribe()
    const begun = server.clock.now()
    for (const after of ['1s', '2s'] as const) {
      await ask()
      await look(after)
    }
    await ask()
    service.status = 503
    await ask()
    server.clock.advance('61s')
    await server.outbox.all()
    const since = begun.toISOString()
    const woken = { transport: 'web_push', asked: 4, accepted: 3, failed: 1, delivered: 2, late: 0, missed: 2 }
    const told = [{ ...woken, waiting: 0, delivery_rate: 0.5, average_ms: 1500 }]
    assert.deepEqual(await figures({ since }), told)
    service.status = 201
    await gatehouse.users.unlock({ id: house.user.id, reason: 'a test' })
    await ask()
    assert.deepEqual(await figures({ since }), [{ ...told[0], asked: 5, accepted: 4, waiting: 1 }])
    assert.deepEqual(await figures({ until: begun.toISOString() }), [
      { ...polled, waiting: 0, delivery_rate: 0.5, average_ms: 4000 },
    ])
    // Another tenant sees nothing of it.
    const elsewhere = await server.client({ tenant: 'default-test' })
    assert.ok((await elsewhere.push.deliveries({})).transports.every(({ asked }) => asked === 0))

    server.clock.advance('31d')
    await server.runJobs()
    assert.deepEqual(await figures({ since }), [])
    assert.deepEqual(server.failures, [])
  })
}
