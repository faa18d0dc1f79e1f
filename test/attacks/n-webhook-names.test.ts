import assert from 'node:assert/strict'
import { after, type TestContext } from 'node:test'
import { usualScopes } from '@gatehouse/contract/operation'
import { startNameServer } from '../name-server.ts'
import { startReceiver } from '../webhook-receiver.ts'
import { type App, attacksOn } from './support.ts'

const names = await startNameServer()
after(() => names.close())

/** One address of this machine stands for a receiver, and another one for what is inside. */
const allowed = '127.0.0.1'
const inside = '127.0.0.2'
const attack = attacksOn({ webhookTimeoutSeconds: 30 }, ['sqlite', 'postgres'], {
  GATEHOUSE_WEBHOOK_NETWORKS: allowed,
  GATEHOUSE_WEBHOOK_DNS: names.address,
})

/** A receiver with this name, and somebody inside who listens on the same port. */
async function hook(plain: App, t: TestContext, name: string) {
  const app = await plain.house.newApp({ scopes: [...usualScopes, 'webhooks:read', 'webhooks:write'] })
  const receiver = await startReceiver({ host: allowed })
  const victim = await startReceiver({ host: inside, port: receiver.port })
  // Each attempt looks the name up again.
  receiver.answer((response) => response.writeHead(204, { connection: 'close' }).end())
  const url = `http://${name}:${receiver.port}/hook`
  const { endpoint } = await app.sdk.webhookEndpoints.create({ url, events: ['user.created'] })
  t.after(async () => {
    await app.sdk.webhookEndpoints.remove({ id: endpoint.id })
    await Promise.all([receiver.close(), victim.close()])
  })
  /** What becomes of a delivery. */
  const send = async () => {
    app.house.server.clock.advance('1ms')
    await app.createUser()
    await app.house.server.runJobs()
    const { data } = await app.sdk.webhookDeliveries.listPage({ endpoint_id: endpoint.id, limit: 1 })
    return data[0]?.attempts.map(({ status, failure }) => failure ?? status)
  }
  return { receiver, victim, send }
}

attack('142 a name that leads inside is refused when something is sent, although it was saved', async (plain, t) => {
  const { receiver, victim, send } = await hook(plain, t, 'hook.example.test')
  names.say('hook.example.test', [allowed])
  assert.deepEqual(await send(), [204])
  names.say('hook.example.test', [inside])
  assert.deepEqual(await send(), ['address_not_allowed'])
  // Of several addresses one is enough.
  names.say('hook.example.test', [allowed, inside])
  assert.deepEqual(await send(), ['address_not_allowed'])
  for (const address of ['10.0.0.1', '169.254.169.254', '0.0.0.0', '8.8.8.8']) {
    // Even the Internet is not for what goes in the clear.
    names.say('hook.example.test', [address])
    assert.deepEqual(await send(), ['address_not_allowed'], address)
  }
  assert.equal(receiver.received.length, 1)
  assert.equal(victim.received.length, 0)
})

attack('142 a name that points elsewhere a moment later is looked up once for each connection', async (plain, t) => {
  const { receiver, victim, send } = await hook(plain, t, 'rebind.example.test')
  names.say('rebind.example.test', [allowed], [inside])
  const before = names.asked.length
  assert.deepEqual(await send(), [204])
  assert.equal(names.asked.length, before + 1)
  assert.deepEqual(await send(), ['address_not_allowed'])
  assert.deepEqual([receiver.received.length, victim.received.length], [1, 0])
})

attack('142 a name that nobody knows is a failure like any other', async (plain, t) => {
  const { send } = await hook(plain, t, 'nobody.example.test')
  assert.deepEqual(await send(), ['name_not_found'])
})
