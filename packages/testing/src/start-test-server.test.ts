import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGatehouse, isGatehouseError } from '@gatehouse/sdk'
import { startTestServer } from './start-test-server.ts'

test('a server is up in less than two seconds and goes without a trace', async (t) => {
  // What it takes of a processor: a machine that is busy with other things takes longer.
  const before = process.cpuUsage()
  const server = await startTestServer()
  t.after(() => server.stop())
  const gatehouse = await server.client()
  await gatehouse.users.create({ email: 'ada@example.test' })
  const { user, system } = process.cpuUsage(before)
  assert.ok(user + system < 2_000_000, `${user + system} µs`)
  await server.stop()
  await assert.rejects(gatehouse.users.create({ email: 'ada@example.test' }), (error) =>
    isGatehouseError(error, 'connection_failed'),
  )
})

test('two servers know nothing of each other', async (t) => {
  const [first, second] = await Promise.all([startTestServer(), startTestServer()])
  t.after(() => Promise.all([first.stop(), second.stop()]))
  const { slug, secret } = await first.createClient({ slug: 'portal' })
  await second.createClient({ slug: 'portal' })
  const stranger = createGatehouse({ url: second.url, clientId: slug, secret, now: second.clock.now })
  await assert.rejects(stranger.users.listPage({}), (error) => isGatehouseError(error, 'signature_invalid'))
})

test('server and clients go by the clock of the test', async (t) => {
  const startAt = new Date('2031-05-05T05:05:05Z')
  const server = await startTestServer({ startAt })
  t.after(() => server.stop())
  const gatehouse = await server.client()
  const first = await gatehouse.users.create({ email: 'ada@example.test' })
  assert.equal(first.created_at, startAt.toISOString())
  server.clock.advance('400d')
  const second = await gatehouse.users.create({ email: 'grace@example.test' })
  assert.equal(Date.parse(second.created_at) - startAt.getTime(), 400 * 86_400_000)
})

test('clients are as they were asked to be, and limits as well', async (t) => {
  const server = await startTestServer({ policy: { accessTokenSeconds: 60 } })
  t.after(() => server.stop())
  const gatehouse = await server.client({ tenant: 'default', numericSub: true })
  const user = await gatehouse.users.create({ email: 'ada@example.test', password: 'a few unrelated words' })
  const answer = await gatehouse.auth.login({ email: 'ada@example.test', password: 'a few unrelated words' })
  assert.ok(answer.status === 'authenticated')
  assert.equal(answer.expires_in, 60)
  const { claims } = await gatehouse.tokens.validate({ token: answer.access_token })
  assert.equal(claims?.sub, user.number)

  const elsewhere = await server.client({ allow: ['192.0.2.1'] })
  await assert.rejects(elsewhere.users.listPage({}), (error) => isGatehouseError(error, 'client_not_allowed'))
  const reader = await server.client({ scopes: ['users:read'] })
  await assert.rejects(reader.users.create({ email: 'x@example.test' }), (error) =>
    isGatehouseError(error, 'insufficient_scope'),
  )
  await server.createClient({ slug: 'taken' })
  await assert.rejects(server.createClient({ slug: 'taken' }), /The client taken cannot be made: slug_taken\./)
  assert.deepEqual(server.failures, [])
})
