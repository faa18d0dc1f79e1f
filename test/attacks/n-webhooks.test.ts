import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import type { TestContext } from 'node:test'
import { type Scope, usualScopes } from '@gatehouse/contract/operation'
import type { WebhookEndpoint } from '@gatehouse/contract/webhook-events'
import { verifyWebhook } from '@gatehouse/sdk/webhooks'
import { Webhook } from 'standardwebhooks'
import { type Received, startReceiver, type WebhookReceiver } from '../webhook-receiver.ts'
import { type App, assertProblem, assertRefused, attacksOn, enrollPhone, password, signIn } from './support.ts'

const webhookScopes: readonly Scope[] = [...usualScopes, 'webhooks:read', 'webhooks:write']
/** Honest receivers are on this machine, and the servers that these tests try are told so. */
const inside = { GATEHOUSE_WEBHOOK_NETWORKS: '127.0.0.1' }
const both = ['sqlite', 'postgres'] as const
/** Nobody here is in a hurry: an honest receiver on a slow machine is no slow receiver. */
const attack = attacksOn({ webhookTimeoutSeconds: 30 }, both, inside)
const attackWithoutNetworks = attacksOn({}, ['sqlite'])
/** Receivers of these tests are not honest. */
const attackInHaste = attacksOn({ webhookTimeoutSeconds: 1 }, both, inside)

/** An application that looks after webhooks. */
function hookedApp({ house }: App, tenant?: 'default'): Promise<App> {
  return house.newApp({ scopes: webhookScopes, ...(tenant && { tenant }) })
}

interface Hooked {
  readonly receiver: WebhookReceiver
  readonly endpoint: WebhookEndpoint
  readonly secret: string
}

/** A receiver of its own with an endpoint, which ends with the test. */
async function hook(app: App, t: TestContext, events: WebhookEndpoint['events'] = ['user.*']): Promise<Hooked> {
  const receiver = await startReceiver()
  const { endpoint, secret } = await app.sdk.webhookEndpoints.create({ url: receiver.url, events })
  t.after(async () => {
    await app.sdk.webhookEndpoints.remove({ id: endpoint.id })
    await receiver.close()
  })
  return { receiver, endpoint, secret: secret.value }
}

/** Newest first, as long as the clock goes on between them. */
async function deliveriesOf(app: App, { endpoint }: Pick<Hooked, 'endpoint'>) {
  app.house.server.clock.advance('1ms')
  return (await app.sdk.webhookDeliveries.listPage({ endpoint_id: endpoint.id })).data
}

function standardHeaders({ headers }: Received): Record<string, string> {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature']
  return Object.fromEntries(names.map((name) => [name, String(headers[name])]))
}

attackWithoutNetworks('141 an address inside is refused when it is saved, in every spelling', async (plain) => {
  const app = await hookedApp(plain)
  const addresses = [
    ...['127.0.0.1', '127.1', '0177.0.0.1', '0x7f.1', '2130706433', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    ...[
      '[64:ff9b::7f00:1]',
      '①②⑦.⓪.⓪.①',
      'localhost',
      'localhost.',
      'LOCALHOST',
      'a.localhost',
      '0.0.0.0',
      '0',
      '[::]',
    ],
    ...['169.254.169.254', '169.254.1.1', '[fe80::1]', '[fd00:ec2::254]', '168.63.129.16', '100.100.100.200'],
    ...['10.0.0.1', '172.16.0.1', '192.168.1.1', '[fc00::1]', '224.0.0.1', '[ff02::1]', '255.255.255.255'],
    ...['[2002:7f00:1::]', '[2001::1]', '[::127.0.0.1]', '192.0.0.192', '198.18.0.1', '127.0.0.1.', '%31%32%37.0.0.1'],
  ]
  for (const address of addresses) {
    const body = { url: `https://${address}/hook`, events: ['*'] }
    await assertRefused(app, { path: '/v1/webhook-endpoints', body }, { code: 'webhook_url_refused' })
  }
  assert.deepEqual((await app.sdk.webhookEndpoints.listPage({})).data, [])
})

attackWithoutNetworks('144 no scheme, user or port but those of the web is taken', async (plain) => {
  const app = await hookedApp(plain)
  const { endpoint } = await app.sdk.webhookEndpoints.create({ url: 'https://example.invalid/', events: ['*'] })
  const urls = [
    ...['http://example.org/', 'file:///etc/passwd', 'gopher://example.org/', 'ftp://example.org/', 'javascript:1'],
    ...['https://u:p@example.org/', 'https://u@example.org/', 'https://example.org:22/', 'https://example.org:25/'],
    ...[
      'https://example.org/#x',
      'https://',
      'example.org',
      '//example.org/',
      ' https://example.org/',
      'https://intranet/',
    ],
  ]
  for (const url of urls) {
    const create = { path: '/v1/webhook-endpoints', body: { url, events: ['*'] } }
    await assertRefused(app, create, { code: 'webhook_url_refused' })
    const change = { method: 'PATCH', path: `/v1/webhook-endpoints/${endpoint.id}`, body: { url } }
    await assertRefused(app, change, { code: 'webhook_url_refused' })
  }
  assert.equal((await app.sdk.webhookEndpoints.get({ id: endpoint.id })).url, 'https://example.invalid/')
  await app.sdk.webhookEndpoints.remove({ id: endpoint.id })
})

attack('144 a redirect is a failure, wherever it leads, and is not followed', async (plain, t) => {
  const app = await hookedApp(plain)
  const hooked = await hook(app, t)
  const { receiver } = hooked
  for (const status of [301, 302, 303, 307, 308]) {
    receiver.answer((response) => response.writeHead(status, { location: `${receiver.url}/inside` }).end())
    await app.createUser()
    await app.house.server.runJobs()
    const [delivery] = await deliveriesOf(app, hooked)
    assert.deepEqual(
      delivery?.attempts.map((attempt) => [attempt.status, attempt.failure]),
      [[status, 'redirect']],
    )
    assert.equal(delivery?.status, 'pending')
  }
  assert.deepEqual(new Set(receiver.received.map(({ path }) => path)), new Set(['/hook']))
})

attack('146 what arrives is signed in both families, over the very bytes', async (plain, t) => {
  const app = await hookedApp(plain)
  const hooked = await hook(app, t)
  const user = await app.createUser({ password })
  await app.house.server.runJobs()
  const [arrived, ...others] = hooked.receiver.received
  assert.ok(arrived)
  assert.equal(others.length, 0)
  const { headers, body } = arrived
  const event = new Webhook(hooked.secret).verify(body, standardHeaders(arrived)) as Record<string, unknown>
  assert.deepEqual(Object.keys(event), ['id', 'type', 'timestamp', 'data'])
  assert.deepEqual([event['id'], event['type']], [headers['webhook-id'], 'user.created'])
  assert.deepEqual(event['data'], { user_id: user.id, client_system: app.slug })
  const mac = createHmac('sha256', hooked.secret).update(`${headers['x-timestamp']}.${body}`).digest('hex')
  assert.equal(headers['x-signature'], `sha256=${mac}`)
  const { now } = app.house.server.clock
  assert.deepEqual(await verifyWebhook(body, headers, { secret: hooked.secret, now }), event)
  // One bit of the body, the id, the time.
  const forged = [
    { ...arrived, body: body.replace('user.created', 'user.createe') },
    { ...arrived, headers: { ...headers, 'webhook-id': 'evt_other' } },
    { ...arrived, headers: { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) } },
  ]
  for (const each of forged) {
    assert.throws(() => new Webhook(hooked.secret).verify(each.body, standardHeaders(each)), /No matching signature/)
  }
  const [delivery] = await deliveriesOf(app, hooked)
  assert.equal(delivery?.status, 'delivered')
})

attack('147 two secrets sign while one takes the place of the other, and no longer', async (plain, t) => {
  const app = await hookedApp(plain)
  const { server } = app.house
  const hooked = await hook(app, t)
  const { id } = hooked.endpoint
  const rotated = await app.sdk.webhookEndpoints.rotateSecret({ id, overlap_seconds: 600 })
  const secrets = [rotated.secret.value, hooked.secret]
  assert.deepEqual(
    rotated.endpoint.secrets.map(({ last_four }) => last_four),
    secrets.map((secret) => secret.slice(-4)),
  )
  const again = { path: `/v1/webhook-endpoints/${id}/secrets`, body: { overlap_seconds: 60 } }
  assertProblem(await app.send(again), 'webhook_secret_overlap')
  const verifies = async () => {
    await app.createUser()
    await server.runJobs()
    const arrived = hooked.receiver.received.at(-1)
    assert.ok(arrived)
    const classic = String(arrived.headers['x-signature']).split(', ')
    return secrets.map((secret) => {
      const mac = createHmac('sha256', secret).update(`${arrived.headers['x-timestamp']}.${arrived.body}`).digest('hex')
      try {
        new Webhook(secret).verify(arrived.body, standardHeaders(arrived))
        return classic.includes(`sha256=${mac}`)
      } catch {
        assert.ok(!classic.includes(`sha256=${mac}`))
        return false
      }
    })
  }
  assert.deepEqual(await verifies(), [true, true])
  server.clock.advance('599s')
  assert.deepEqual(await verifiesAt(verifies, server.clock.now()), [true, true])
  server.clock.advance('1s')
  assert.deepEqual(await verifiesAt(verifies, server.clock.now()), [true, false])
  // A secret that has leaked ends at once.
  const last = await app.sdk.webhookEndpoints.rotateSecret({ id, overlap_seconds: 0 })
  secrets.push(last.secret.value)
  assert.deepEqual(await verifiesAt(verifies, server.clock.now()), [false, false, true])
})

/** The second judge goes by the clock of the machine, which is not that of the server: it is lent the server's. */
async function verifiesAt<T>(run: () => Promise<T>, now: Date): Promise<T> {
  const { now: machine } = Date
  Date.now = () => now.getTime()
  try {
    return await run()
  } finally {
    Date.now = machine
  }
}

attack(
  '148 a receiver that is down is tried ten times in 72 hours, then told to nobody but the record',
  async (plain, t) => {
    const app = await hookedApp(plain)
    const { server } = app.house
    const hooked = await hook(app, t)
    hooked.receiver.answer((response) => response.writeHead(503).end('down'))
    const begin = server.clock.now().getTime()
    await app.createUser()
    const at: number[] = []
    const record = await app.house.recordOf(async () => {
      while (at.length < 20) {
        await server.runJobs()
        const [delivery] = await deliveriesOf(app, hooked)
        at.push(Date.parse(delivery?.attempts.at(-1)?.at ?? '') - begin)
        if (delivery?.status !== 'pending') break
        const next = new Date(delivery.next_attempt_at ?? '')
        // The job looks once in a second.
        server.clock.set(new Date(next.getTime() - 1000))
        const before = hooked.receiver.received.length
        await server.runJobs()
        assert.equal(hooked.receiver.received.length, before, 'it came too early')
        server.clock.set(next)
      }
    })
    const hours = 3_600_000
    const planned = [0, 5000, 305_000, 2_105_000, ...[2, 7, 17, 31, 51, 71].map((h) => h * hours + 2_105_000)]
    assert.equal(at.length, 10)
    for (const [index, planned_ms] of planned.entries()) {
      const [gap, wanted] = [at[index]! - (at[index - 1] ?? 0), planned_ms - (planned[index - 1] ?? 0)]
      // The last one is never later than the end, however long the others took.
      const isLast = at[index]! > 72 * hours - 60_000
      const isPlanned = (isLast || gap >= wanted * 0.89) && gap <= wanted * 1.11
      assert.ok(isPlanned, `attempt ${index} after ${gap} ms, planned ${wanted}`)
    }
    assert.ok(at[9]! <= 72 * hours)
    const { received } = hooked.receiver
    assert.equal(received.length, 10)
    assert.equal(new Set(received.map(({ headers }) => headers['webhook-id'])).size, 1)
    assert.equal(new Set(received.map(({ headers }) => headers['webhook-timestamp'])).size, 10)
    assert.equal(new Set(received.map(({ headers }) => headers['webhook-signature'])).size, 10)
    assert.equal(new Set(received.map(({ body }) => body)).size, 1)
    const told = record.filter(({ type }) => type.startsWith('webhook'))
    assert.deepEqual(
      told.map(({ type, data }) => [type, data['endpoint_id'], data['reason']]),
      [
        ['webhook_delivery.failed', hooked.endpoint.id, 'status'],
        ['webhook_endpoint.disabled', hooked.endpoint.id, 'failing'],
      ],
    )
    const { status, disabled_reason } = await app.sdk.webhookEndpoints.get({ id: hooked.endpoint.id })
    assert.deepEqual([status, disabled_reason], ['disabled', 'failing'])
    // When it is well again, what failed is sent once more, under the same id.
    const replay = { path: `/v1/webhook-endpoints/${hooked.endpoint.id}/replay` }
    const since = new Date(begin).toISOString()
    assertProblem(await app.send({ ...replay, body: { since } }), 'webhook_endpoint_off')
    hooked.receiver.answer((response) => response.writeHead(200).end())
    await app.sdk.webhookEndpoints.update({ id: hooked.endpoint.id, status: 'active' })
    assert.deepEqual(await app.sdk.webhookEndpoints.replay({ id: hooked.endpoint.id, since }), {
      replayed: 1,
      has_more: false,
    })
    await server.runJobs()
    assert.equal(received.length, 11)
    assert.equal(received[10]?.headers['webhook-id'], received[0]?.headers['webhook-id'])
    assert.equal((await deliveriesOf(app, hooked))[0]?.status, 'delivered')
  },
)

attack('148 a receiver that says when to come again is waited for, and one that is gone is left', async (plain, t) => {
  const app = await hookedApp(plain)
  const { server } = app.house
  const hooked = await hook(app, t)
  hooked.receiver.answer((response) => response.writeHead(429, { 'retry-after': '7200' }).end())
  const at = server.clock.now().getTime()
  await app.createUser()
  await server.runJobs()
  const [waiting] = await deliveriesOf(app, hooked)
  assert.equal(Date.parse(waiting?.next_attempt_at ?? '') - at, 7_200_000)
  hooked.receiver.answer((response) => response.writeHead(410).end())
  await app.createUser()
  await server.runJobs()
  const [gone] = await deliveriesOf(app, hooked)
  assert.equal(gone?.status, 'failed')
  const endpoint = await app.sdk.webhookEndpoints.get({ id: hooked.endpoint.id })
  assert.deepEqual([endpoint.status, endpoint.disabled_reason], ['disabled', 'gone'])
  // Nothing more comes, not even what was waiting.
  server.clock.advance('3h')
  await app.createUser()
  await server.runJobs()
  assert.equal(hooked.receiver.received.length, 2)
})

attackInHaste('145 an answer without end is cut off, and nothing of any answer is shown', async (plain, t) => {
  const app = await hookedApp(plain)
  const hooked = await hook(app, t)
  const { server } = app.house
  const cut: Promise<unknown>[] = []
  const marker = 'the-answer-of-the-receiver'
  const answers: Readonly<Record<string, Parameters<WebhookReceiver['answer']>[0]>> = {
    'says nothing': () => undefined,
    'a slow drip of headers': ({ socket }) => {
      socket?.write('HTTP/1.1 200 OK\r\n')
      const drip = setInterval(() => socket?.write('x-a: b\r\n'), 50)
      socket?.once('close', () => clearInterval(drip))
    },
    'headers without end': ({ socket }) => {
      socket?.write('HTTP/1.1 200 OK\r\n')
      const pour = () => {
        while (socket?.writable && socket.write(`x-${'a'.repeat(4000)}: ${marker}\r\n`));
      }
      socket?.on('drain', pour)
      pour()
    },
    'an error with a page': (response) => response.writeHead(500, { 'x-marker': marker }).end(marker),
  }
  for (const [name, answer] of Object.entries(answers)) {
    hooked.receiver.answer((response, request) => {
      cut.push(new Promise((resolve) => response.socket?.once('close', resolve)))
      answer(response, request)
    })
    await app.createUser()
    await server.runJobs()
    const [delivery] = await deliveriesOf(app, hooked)
    assert.ok(delivery?.attempts[0]?.failure, name)
    const whole = await app.send({ path: `/v1/webhook-deliveries/${delivery.id}` })
    assert.ok(!whole.text.includes(marker), name)
  }
  // A body that does not end harms nobody: its status is in, and it is cut off.
  let poured = 0
  hooked.receiver.answer((response) => {
    cut.push(new Promise((resolve) => response.socket?.once('close', resolve)))
    // A gzip bomb is not unpacked, so it is no more than its bytes.
    response.writeHead(200, { 'content-encoding': 'gzip' })
    const pour = () => {
      while (response.writable && response.write(Buffer.alloc(16_384))) poured += 16_384
    }
    response.on('drain', pour)
    pour()
  })
  await app.createUser()
  await server.runJobs()
  assert.equal((await deliveriesOf(app, hooked))[0]?.status, 'delivered')
  await Promise.all(cut.slice(0, 3))
  await cut.at(-1)
  assert.ok(poured < 16 * 1024 * 1024, `${poured} bytes were taken`)
})

attack('151 no event brings a secret, a code or a header of its own', async (plain, t) => {
  const app = await hookedApp(plain)
  const { server } = app.house
  const hooked = await hook(app, t, ['*'])
  const agent = 'Mozilla/5.0\r\nX-Injected: yes'
  const user = await app.createUser({ password, email: 'canary.person@example.test' })
  const token = await signIn(app, user)
  const enrolled = await enrollPhone(app, user)
  await app.sdk.users.update({ id: user.id, name: 'Evil\r\nX-Injected: yes' })
  await app.send({
    path: '/v1/auth/login',
    body: {
      email: user.email,
      password: 'canary-password',
      end_user: { ip: '192.0.2.77', user_agent: 'canary-agent' },
    },
  })
  await app.send({ path: '/v1/users', headers: { 'user-agent': agent.replace(/[\r\n]+/g, ' ') } })
  await app.sdk.users.disable({ id: user.id, reason: 'canary words\r\nof a person' })
  await server.runJobs()
  const { received } = hooked.receiver
  assert.ok(received.length >= 6, `${received.length} deliveries`)
  const canaries = [
    ...[password, 'canary', token, enrolled.key, ...enrolled.recoveryCodes, user.email, '192.0.2.77', 'Injected'],
    ...[app.secret, hooked.secret],
  ]
  for (const { body, rawHeaders } of received) {
    for (const canary of canaries) {
      assert.ok(!body.includes(canary), `${canary} is in ${body}`)
      assert.ok(!rawHeaders.join('\n').includes(canary), `${canary} is in a header`)
    }
    assert.ok(Buffer.byteLength(body) < 20_480)
  }
  assert.ok(!received.some(({ body }) => body.includes('request.refused')))
})

attack('152 a slow receiver delays nobody else', async (plain, t) => {
  const slowApp = await hookedApp(plain)
  const fastApp = await hookedApp(plain, 'default')
  const slow = await hook(slowApp, t)
  const fast = await hook(fastApp, t)
  const held: (() => void)[] = []
  let isHolding = true
  slow.receiver.answer((response) => {
    const answer = () => void response.writeHead(204).end()
    if (isHolding) held.push(answer)
    else answer()
  })
  for (let i = 0; i < 20; i++) await slowApp.createUser()
  const allFast = new Promise<void>((resolve) => {
    fast.receiver.answer((response) => {
      response.writeHead(204).end()
      if (fast.receiver.received.length === 20) resolve()
    })
  })
  for (let i = 0; i < 20; i++) await fastApp.createUser()
  const jobs = plain.house.server.runJobs()
  // All of the one arrives while nothing of the other has been answered.
  await allFast
  assert.ok(held.length > 0 && held.length <= 8, `${held.length} requests at a slow receiver`)
  assert.equal((await deliveriesOf(slowApp, slow)).filter(({ status }) => status === 'delivered').length, 0)
  isHolding = false
  for (const answer of held) answer()
  await jobs
  assert.equal((await deliveriesOf(slowApp, slow)).filter(({ status }) => status === 'delivered').length, 20)
})

attack('154 endpoints, deliveries and their events stay in their tenant', async (plain, t) => {
  const app = await hookedApp(plain)
  const stranger = await hookedApp(plain, 'default')
  const mine = await hook(app, t)
  const theirs = await hook(stranger, t)
  await app.createUser()
  await app.house.server.runJobs()
  assert.equal(mine.receiver.received.length, 1)
  assert.equal(theirs.receiver.received.length, 0)
  const [delivery] = await deliveriesOf(app, mine)
  for (const path of [`/v1/webhook-endpoints/${mine.endpoint.id}`, `/v1/webhook-deliveries/${delivery?.id}`]) {
    assertProblem(await stranger.send({ path }), 'not_found')
    assertProblem(
      await stranger.send({ path: `${path}/replay`, body: { since: '2026-01-01T00:00:00Z' } }),
      path.includes('endpoint') ? 'not_found' : 'unknown_parameter',
    )
  }
  assert.deepEqual((await stranger.sdk.webhookDeliveries.listPage({ endpoint_id: mine.endpoint.id })).data, [])
})
