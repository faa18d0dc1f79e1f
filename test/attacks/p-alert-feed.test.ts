import assert from 'node:assert/strict'
import type { Alert } from '@gatehouse/contract/alert-operations'
import { usualScopes } from '@gatehouse/contract/operation'
import { openFeed } from './open-feed.ts'
import { type App, attack, password } from './support.ts'

const keeperOf = (app: App) =>
  app.house.newApp({
    scopes: [...usualScopes, 'policy:write', 'alerts:read', 'alerts:write', 'webhooks:read', 'webhooks:write'],
  })

const follow = (app: App, options: { readonly lastEventId?: string } = {}) =>
  openFeed<Alert>(app, { path: '/v1/alerts/feed', ...options })

/** Somebody whom a sign-in from the other side of the world makes an alert of. */
async function travel(app: App): Promise<string> {
  const user = await app.createUser({ password })
  for (const ip of ['5.9.1.1', '133.11.0.1']) {
    await app.sdk.auth.login({ email: user.email, password, end_user: { ip, user_agent: 'Firefox' } })
  }
  await app.house.server.runJobs()
  await app.house.server.runJobs()
  return user.id
}

attack('alerts come to whoever listens as they are raised, and from where they were cut off', async (app) => {
  const keeper = await keeperOf(app)
  await app.house.server.runJobs()
  const feed = await follow(keeper)
  const beginning = (await feed.next()) ?? assert.fail('nothing came')
  assert.deepEqual(beginning.data, [])
  const first = await travel(app)
  const isOf = (id: string) => (alert: Alert) => alert.user_id === id && alert.rule === 'impossible_travel'
  const { page } = await feed.until(isOf(first))
  await feed.close()

  const second = await travel(app)
  const resumed = await follow(keeper, { lastEventId: page.position })
  const { page: next, seen } = await resumed.until(isOf(second))
  assert.ok(!seen.some(isOf(first)))
  // What somebody does about it is told as well, with what has become of it.
  const alert = next.data.find(isOf(second)) ?? assert.fail()
  await keeper.sdk.alerts.resolve({ id: alert.id, reason: 'a journey' })
  await app.house.server.runJobs()
  const { page: last } = await resumed.until(({ id, state }) => id === alert.id && state === 'resolved')
  await resumed.close()
  // Without a stream the same comes page by page.
  const polled = await keeper.sdk.alerts.poll({ position: beginning.position })
  assert.ok(polled.data.some(isOf(first)) && polled.data.some(isOf(second)))
  assert.deepEqual((await keeper.sdk.alerts.poll({ position: last.position })).data, [])
})

attack('153 alerts are for those who may read them, and of their own tenant', async (app) => {
  const blind = await app.house.newApp({ scopes: ['users:read', 'audit:read'] })
  const answer = await blind.send({ path: '/v1/alerts/feed', headers: { accept: 'text/event-stream' } })
  assert.equal(answer.json?.['code'], 'insufficient_scope')
  const stranger = await app.house.newApp({ tenant: 'default', scopes: ['alerts:read'] })
  const { position } = await stranger.sdk.alerts.poll({})
  const user = await travel(app)
  const { data } = await stranger.sdk.alerts.poll({ position })
  assert.ok(!data.some(({ user_id }) => user_id === user))
})

attack('a tenant says by which ways it is told of a rule', async (app) => {
  const keeper = await keeperOf(app)
  await keeper.sdk.policy.update({
    alerts: { impossible_travel: { channels: ['mail'] }, different_country: { channels: ['feed'] } },
    reason: 'quieter',
  })
  const { endpoint } = await keeper.sdk.webhookEndpoints.create({
    url: 'https://hooks.example.test/',
    events: ['alert.raised'],
  })
  await app.house.server.runJobs()
  const { position } = await keeper.sdk.alerts.poll({})
  const user = await travel(app)
  await keeper.sdk.policy.update({ alerts: { impossible_travel: {}, different_country: {} }, reason: 'as before' })
  const all = (await keeper.sdk.alerts.listPage({ user_id: user as `usr_${string}` })).data.map(({ rule }) => rule)
  assert.ok(all.includes('impossible_travel') && all.includes('different_country'))
  const told = (await keeper.sdk.alerts.poll({ position })).data.filter(({ user_id }) => user_id === user)
  assert.ok(told.some(({ rule }) => rule === 'different_country'))
  assert.ok(!told.some(({ rule }) => rule === 'impossible_travel'))
  const deliveries = await keeper.sdk.webhookDeliveries.listPage({ endpoint_id: endpoint.id })
  const others = all.filter((rule) => rule !== 'impossible_travel' && rule !== 'different_country')
  assert.equal(deliveries.data.length, others.length)
  await keeper.sdk.webhookEndpoints.remove({ id: endpoint.id })
})
