import assert from 'node:assert/strict'
import type { AuditEvent } from '@gatehouse/contract/resources'
import { openFeed } from './open-feed.ts'
import { type App, attack } from './support.ts'

const follow = (app: App, { path = '', ...options }: { readonly lastEventId?: string; readonly path?: string } = {}) =>
  openFeed<AuditEvent>(app, { path: `/v1/audit-events/feed${path}`, ...options })

attack('a feed shows what happens, of the own tenant only, and goes on from where it was cut off', async (app) => {
  const stranger = await app.house.newApp({ tenant: 'default' })
  const feed = await follow(app)
  const beginning = (await feed.next()) ?? assert.fail('nothing came')
  assert.deepEqual(beginning.data, [])
  const isOf = (id: string) => (event: AuditEvent) => event.type === 'user.created' && event.user_id === id
  const theirs = await stranger.sdk.users.create({ email: `theirs-${app.slug}@example.test` })
  const first = await app.createUser()
  await app.house.server.runJobs()
  const { page, seen } = await feed.until(isOf(first.id))
  assert.ok(!seen.some(({ user_id }) => user_id === theirs.id))
  await feed.close()

  const second = await app.createUser()
  await app.house.server.runJobs()
  for (const resumed of [
    await follow(app, { lastEventId: page.position }),
    await follow(app, { path: `?position=${page.position}` }),
  ]) {
    const { seen } = await resumed.until(isOf(second.id))
    assert.ok(!seen.some(isOf(first.id)))
    await resumed.close()
  }
  // Without a stream the same comes page by page.
  const { json } = await app.send({ path: `/v1/audit-events/feed?position=${beginning.position}` })
  const data = json?.['data'] as readonly AuditEvent[]
  assert.ok(data.some(isOf(first.id)) && data.some(isOf(second.id)))
})

attack('161 a feed ends when its client is disabled or may not read the record any more', async (app) => {
  const owner = await app.house.newApp({ scopes: ['clients:read', 'clients:write', 'audit:read', 'users:read'] })
  const take: Readonly<Record<string, (reader: App) => Promise<unknown>>> = {
    disabled: ({ id }) => owner.send({ path: `/v1/clients/${id}/disable`, body: { reason: 'left' } }),
    scope: ({ id }) => owner.send({ path: `/v1/clients/${id}`, method: 'PATCH', body: { scopes: ['users:read'] } }),
  }
  for (const [name, act] of Object.entries(take)) {
    const reader = await app.house.newApp({ scopes: ['audit:read', 'users:read'] })
    const feed = await follow(reader)
    assert.ok(await feed.next())
    const answer = await act(reader)
    assert.equal((answer as { status: number }).status, 200, name)
    // Leases of clients are as old as the server's clock says.
    app.house.server.clock.advance('2s')
    while (await feed.next());
  }
})

attack('153 a feed is for those who may read the record', async (app) => {
  const blind = await app.house.newApp({ scopes: ['users:read'] })
  const attempt = { path: '/v1/audit-events/feed', headers: { accept: 'text/event-stream' } }
  assert.equal((await blind.send(attempt)).json?.['code'], 'insufficient_scope')
  assert.equal((await app.send({ path: `${attempt.path}?position=-1` })).json?.['code'], 'invalid_request')
})
