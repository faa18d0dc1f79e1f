import assert from 'node:assert/strict'
import { scopes, usualScopes } from '@gatehouse/contract/operation'
import type { IssuedSecret } from '@gatehouse/contract/resources'
import { createGatehouse, isGatehouseError } from '@gatehouse/sdk'
import { type App, assertProblem, assertRefused, attack, send } from './support.ts'

/** One that looks after clients, with every scope there is. */
function newKeeper({ house }: App): Promise<App> {
  return house.newApp({ scopes })
}

function sdkOf({ house, slug }: App, secret: string) {
  return createGatehouse({
    url: house.server.url,
    clientId: slug,
    secret,
    now: house.server.clock.now,
    retries: { max: 0 },
  })
}

/** Whether a request that is signed with this secret gets through. */
async function opens(app: App, secret: string): Promise<boolean> {
  const answer = await send(
    app.house.server.url,
    { slug: app.slug, secret, now: app.house.server.clock.now() },
    { path: '/v1/users?limit=1' },
  )
  if (answer.status === 200) return true
  assertProblem(answer, answer.json?.['code'] === 'client_not_allowed' ? 'client_not_allowed' : 'signature_invalid')
  return false
}

const refusedAs = (code: Parameters<typeof isGatehouseError>[1]) => (error: unknown) => {
  assert.ok(isGatehouseError(error, code), String(error))
  return true
}

attack('174 a secret is rotated under load: nobody is refused, and after the overlap the old one is', async (app) => {
  const { clock } = app.house.server
  const old = app.secret
  let issued: IssuedSecret | undefined
  const refused: unknown[] = []
  let served = 0
  let done = false
  /** Calls without a pause, each time with another one of the secrets that it has heard of. */
  const caller = async (offset: number) => {
    for (let turn = offset; !done; turn++) {
      const secret = issued && turn % 2 === 0 ? issued.value : old
      try {
        await sdkOf(app, secret).users.create({ email: `load-${offset}-${turn}@example.test` })
        served++
      } catch (error) {
        refused.push(error)
      }
    }
  }
  const callers = Array.from({ length: 8 }, (_, index) => caller(index))
  const enough = async (count: number) => {
    const goal = served + count
    while (served < goal && refused.length === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await enough(40)
  issued = (await app.sdk.clients.secrets.rotate({ id: app.id as `cli_${string}` })).secret
  await enough(80)
  clock.advance('3d')
  await enough(80)
  done = true
  await Promise.all(callers)
  assert.deepEqual(refused, [])

  assert.deepEqual([await opens(app, old), await opens(app, issued.value)], [true, true])
  clock.advance('4d')
  assert.deepEqual([await opens(app, old), await opens(app, issued.value)], [false, true])
})

attack('a rotation with no overlap ends the old secret before its answer is there', async (app) => {
  const id = app.id as `cli_${string}`
  const made = await app.sdk.clients.secrets.rotate({ id, overlap_seconds: 0 })
  assert.equal(made.old, null)
  assert.match(made.secret.value, /^gh_test_[0-9A-Za-z]{49}$/)
  assert.deepEqual([await opens(app, app.secret), await opens(app, made.secret.value)], [false, true])
  await assert.rejects(
    sdkOf(app, made.secret.value).clients.secrets.rotate({ id, overlap_seconds: 604_801 }),
    refusedAs('invalid_request'),
  )
})

attack('two secrets are live at most, of many rotations at a time one is made', async (app) => {
  const id = app.id as `cli_${string}`
  const tries = await Promise.allSettled(Array.from({ length: 10 }, () => app.sdk.clients.secrets.rotate({ id })))
  const made = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  assert.equal(made.length, 1)
  for (const one of tries) {
    if (one.status === 'rejected' && !isGatehouseError(one.reason, 'version_conflict'))
      refusedAs('secret_overlap')(one.reason)
  }
  const { data } = await app.sdk.clients.secrets.list({ id })
  assert.deepEqual(
    data.map(({ id, last_four, age }) => [id, last_four, age]),
    [
      [made[0]?.secret.id, made[0]?.secret.value.slice(-4), 'fresh'],
      [made[0]?.old?.id, app.secret.slice(-4), 'fresh'],
    ],
  )
  assert.equal(data[0]?.expires_at, null)
  assert.equal(
    Date.parse(data[1]?.expires_at ?? ''),
    app.house.server.clock.now().getTime() + 7 * 24 * 3600 * 1000,
    'seven days',
  )
})

attack('a revoked secret is dead at once, and its place is free for the next', async (app) => {
  const id = app.id as `cli_${string}`
  const { secret, old } = await app.sdk.clients.secrets.rotate({ id })
  assert.ok(old)
  assert.equal(await opens(app, app.secret), true)
  const now = sdkOf(app, secret.value)
  await now.clients.secrets.revoke({ id, secret_id: old.id })
  assert.deepEqual([await opens(app, app.secret), await opens(app, secret.value)], [false, true])
  await assert.rejects(now.clients.secrets.revoke({ id, secret_id: old.id }), refusedAs('not_found'))
  await assert.rejects(now.clients.secrets.revoke({ id, secret_id: secret.id }), refusedAs('secret_is_last'))
  await now.clients.secrets.rotate({ id })
})

attack('whoever revokes the newer secret takes the rotation back: the older one has no end any more', async (app) => {
  const id = app.id as `cli_${string}`
  const { secret, old } = await app.sdk.clients.secrets.rotate({ id, overlap_seconds: 60 })
  await app.sdk.clients.secrets.revoke({ id, secret_id: secret.id })
  app.house.server.clock.advance('8d')
  assert.deepEqual([await opens(app, app.secret), await opens(app, secret.value)], [true, false])
  const { data } = await app.sdk.clients.secrets.list({ id })
  assert.deepEqual(
    data.map(({ id, expires_at }) => [id, expires_at]),
    [[old?.id, null]],
  )
})

attack('what becomes of secrets is on record, and no secret is', async (app) => {
  const id = app.id as `cli_${string}`
  const secrets: string[] = [app.secret]
  const record = await app.house.recordOf(async () => {
    const { secret, old } = await app.sdk.clients.secrets.rotate({ id, overlap_seconds: 3600 })
    secrets.push(secret.value)
    await sdkOf(app, secret.value).clients.secrets.revoke({ id, secret_id: old?.id ?? assert.fail() })
  })
  assert.deepEqual(
    record.map(({ type, actor, data }) => [type, actor, data['slug'], data['overlap_seconds']]),
    [
      ['client.secret_rotated', `client:${app.slug}`, app.slug, 3600],
      ['client.secret_revoked', `client:${app.slug}`, app.slug, undefined],
    ],
  )
  for (const secret of secrets) assert.ok(!JSON.stringify(record).includes(secret.slice(-12)))
})

attack('when a secret was used last is kept to the hour, also for the one that is to end', async (app) => {
  const { clock } = app.house.server
  const id = app.id as `cli_${string}`
  const { secret } = await app.sdk.clients.secrets.rotate({ id })
  const used = async () => {
    const { data } = await sdkOf(app, secret.value).clients.secrets.list({ id })
    return data.map(({ last_used_at }) => last_used_at)
  }
  const start = clock.now().toISOString()
  assert.deepEqual(await used(), [start, start])
  clock.advance('59m')
  await opens(app, app.secret)
  assert.deepEqual(await used(), [start, start])
  clock.advance('2m')
  await opens(app, app.secret)
  assert.deepEqual(await used(), [clock.now().toISOString(), clock.now().toISOString()])
  await opens(app, 'gh_test_wrong')
})

attack('a client may look at and rotate itself without a scope, and nobody else', async (app) => {
  const plain = await app.house.newApp({ scopes: ['users:read'] })
  const id = plain.id as `cli_${string}`
  assert.equal((await plain.sdk.clients.get({ id })).slug, plain.slug)
  const others = { id: app.id as `cli_${string}` }
  for (const call of [
    () => plain.sdk.clients.get(others),
    () => plain.sdk.clients.secrets.list(others),
    () => plain.sdk.clients.secrets.rotate(others),
    () => plain.sdk.clients.listPage({}),
    () => plain.sdk.clients.update({ id, name: 'mine' }),
    () => plain.sdk.clients.disable({ id, reason: 'x' }),
    () => plain.sdk.clients.create({ slug: 'one-more', allow: ['127.0.0.1'], scopes: [] }),
  ]) {
    await assert.rejects(call(), refusedAs('insufficient_scope'))
  }
  assert.equal((await plain.sdk.clients.secrets.rotate({ id })).secret.expires_at, null)
  for (const scope of ['clients:read', 'clients:write'] as const) assert.ok(!usualScopes.includes(scope))
})

attack('159: nobody gives a scope that they lack, in one step or in two', async (app) => {
  const keeper = await app.house.newApp({ scopes: ['clients:read', 'clients:write', 'users:read'] })
  const below = await app.house.newApp({ scopes: ['users:read'] })
  const [mine, stronger, weaker] = [keeper, app, below].map(({ id }) => ({ id: id as `cli_${string}` }))
  assert.ok(mine && stronger && weaker)
  const { clients } = keeper.sdk
  for (const call of [
    () => clients.create({ slug: `up-${keeper.slug}`, allow: ['127.0.0.1'], scopes: ['users:read', 'tokens'] }),
    () => clients.update({ ...mine, scopes: [...usualScopes] }),
    () => clients.update({ ...weaker, scopes: ['users:read', 'auth'] }),
    // Whoever holds the secret of a stronger one, or may call in its place, is as strong.
    () => clients.secrets.rotate(stronger),
    () => clients.update({ ...stronger, allow: ['any'] }),
    () => clients.update({ ...stronger, scopes: ['users:read'] }),
    () => clients.disable({ ...stronger, reason: 'x' }),
    () => clients.enable({ ...stronger, reason: 'x' }),
  ]) {
    await assert.rejects(call(), refusedAs('client_outranks_caller'))
  }
  const { data } = await clients.secrets.list(stronger)
  await assert.rejects(
    clients.secrets.revoke({ ...stronger, secret_id: data[0]?.id ?? assert.fail() }),
    refusedAs('client_outranks_caller'),
  )
  assert.equal(await opens(app, app.secret), true)
  assert.deepEqual((await clients.update({ ...weaker, scopes: [] })).scopes, [])
  const made = await clients.create({ slug: `new-${keeper.slug}`, allow: ['127.0.0.1'], scopes: ['users:read'] })
  assert.deepEqual(made.client.schemes, ['v2', 'rfc9421'])
  const fresh = sdkOf({ ...keeper, slug: made.client.slug }, made.secret.value)
  assert.equal((await fresh.clients.get({ id: made.client.id })).tenant, 'default-test')
})

attack('clients of another tenant are not there', async (app) => {
  const keeper = await newKeeper(app)
  const abroad = await app.house.newApp({ tenant: 'default', scopes })
  const id = abroad.id as `cli_${string}`
  const [secret] = (await abroad.sdk.clients.secrets.list({ id })).data
  assert.ok(secret)
  const { clients } = keeper.sdk
  for (const call of [
    () => clients.get({ id }),
    () => clients.update({ id, name: 'ours' }),
    () => clients.disable({ id, reason: 'x' }),
    () => clients.secrets.list({ id }),
    () => clients.secrets.rotate({ id }),
    () => clients.secrets.revoke({ id, secret_id: secret.id }),
    () => clients.secrets.revoke({ id: keeper.id as `cli_${string}`, secret_id: secret.id }),
  ]) {
    await assert.rejects(call(), refusedAs('not_found'))
  }
  for await (const client of clients.list()) assert.equal(client.tenant, 'default-test')
  const taken = { slug: abroad.slug, allow: ['127.0.0.1'], scopes: [] }
  await assert.rejects(clients.create(taken), refusedAs('client_slug_taken'))
})

attack('an allow-list that admits nearly everybody needs the word', async (app) => {
  const keeper = await newKeeper(app)
  const id = app.id as `cli_${string}`
  for (const entry of ['0.0.0.0/0', '::/1', '::ffff:0.0.0.0/96', '10.0.0.1/8', 'everybody', '0.0.0.0/1']) {
    await assert.rejects(keeper.sdk.clients.update({ id, allow: ['127.0.0.1', entry] }), (error) => {
      assert.ok(isGatehouseError(error, 'invalid_request'))
      assert.equal(error.errors[0]?.pointer, '/allow/1')
      return true
    })
  }
  const record = await app.house.recordOf(() => keeper.sdk.clients.update({ id, allow: ['127.0.0.1', 'any'] }))
  assert.deepEqual(
    record.map(({ type, actor, data }) => [type, actor, data['added'], data['removed']]),
    [
      ['client.changed', `client:${keeper.slug}`, undefined, undefined],
      ['client.allow_list_changed', `client:${keeper.slug}`, 'any', '::1'],
    ],
  )
  await keeper.sdk.clients.update({ id, allow: ['192.0.2.1'] })
  assert.equal(await opens(app, app.secret), false)
})

attack('018: a client that has left the classic scheme is not led back to it', async (app) => {
  const keeper = await newKeeper(app)
  const id = app.id as `cli_${string}`
  const up = await keeper.sdk.clients.update({ id, schemes: ['v2'] })
  assert.deepEqual(up.schemes, ['v2'])
  await assert.rejects(keeper.sdk.clients.update({ id, schemes: ['v1', 'v2'] }), refusedAs('scheme_downgrade'))
  const answer = await app.send({ path: '/v1/users?limit=1' })
  assertProblem(answer, 'signature_scheme_not_allowed')
  assert.deepEqual((await keeper.sdk.clients.update({ id, schemes: ['v2', 'rfc9421'] })).schemes, ['v2', 'rfc9421'])
})

attack('a disabled client is refused at once like one that was never there, until it is enabled', async (app) => {
  const keeper = await newKeeper(app)
  const id = app.id as `cli_${string}`
  assert.equal((await keeper.sdk.clients.disable({ id, reason: 'its laptop was stolen' })).status, 'disabled')
  assertProblem(await app.send({ path: '/v1/users?limit=1' }), 'client_not_allowed')
  // The last secret may go now; who enables the client gives it another one before.
  const [secret] = (await keeper.sdk.clients.secrets.list({ id })).data
  await keeper.sdk.clients.secrets.revoke({ id, secret_id: secret?.id ?? assert.fail() })
  const made = await keeper.sdk.clients.secrets.rotate({ id })
  assert.equal(made.old, null)
  await keeper.sdk.clients.enable({ id, reason: 'found' })
  assert.deepEqual([await opens(app, app.secret), await opens(app, made.secret.value)], [false, true])
})

attack('a change of one field leaves the others, and limits hold from the next request', async (app) => {
  const keeper = await newKeeper(app)
  const id = app.id as `cli_${string}`
  const before = await keeper.sdk.clients.get({ id })
  const after = await keeper.sdk.clients.update({ id, name: 'Portal', limits: { users: 1 } })
  assert.deepEqual(after, { ...before, name: 'Portal', limits: { users: 1 } })
  assert.equal((await app.send({ path: '/v1/users?limit=1' })).status, 200)
  assert.equal((await app.send({ path: '/v1/users?limit=2' })).json?.['code'], 'rate_limited')
})

attack('a request in the name of a client that is not signed by it is on record as nobody’s', async (app) => {
  const record = await app.house.recordOf(async () => {
    await app.send({ path: '/v1/users', by: { slug: app.slug, secret: 'guessed' } })
  })
  assert.deepEqual(
    record.map(({ type, actor, client_system, data }) => [type, actor, client_system, data['claimed_client']]),
    [['request.refused', 'nobody', null, app.slug]],
  )
  await assertRefused(app, { path: '/v1/users', headers: { 'x-signature': undefined } }, { code: 'signature_missing' })
})

attack('a secret of 90 days is named once, one of 97 days once more, and both go on working', async (app) => {
  const { server } = app.house
  const id = app.id as `cli_${string}`
  const noted = async (days: number) => {
    server.clock.advance(`${days}d`)
    const record = await app.house.recordOf(async () => {
      await server.runJobs()
      server.clock.advance('2h')
      await server.runJobs()
    })
    const mine = record.filter(({ data }) => data['client_id'] === id)
    return mine.map(({ type, actor, data }) => [type, actor, data['age'], data['days']])
  }
  assert.deepEqual(await noted(89), [])
  assert.deepEqual(await noted(1), [['client.secret_aging', 'system', 'due', 90]])
  assert.deepEqual(await noted(6), [])
  assert.equal((await app.sdk.clients.secrets.list({ id })).data[0]?.age, 'due')
  assert.deepEqual(await noted(1), [['client.secret_aging', 'system', 'overdue', 97]])
  assert.deepEqual(await noted(100), [])
  assert.equal((await app.sdk.clients.secrets.list({ id })).data[0]?.age, 'overdue')
  assert.equal(await opens(app, app.secret), true)
  const { secret } = await app.sdk.clients.secrets.rotate({ id })
  assert.deepEqual(await noted(60), [])
  const { data } = await sdkOf(app, secret.value).clients.secrets.list({ id })
  assert.deepEqual(
    data.map(({ id, age }) => [id, age]),
    [[secret.id, 'fresh']],
  )
})
