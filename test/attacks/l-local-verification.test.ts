import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { scopes } from '@gatehouse/contract/operation'
import { createVerifier, type LocalVerdict, type Verifier } from '@gatehouse/sdk/verify'
import { openHouse } from './open-house.ts'
import { type App, assertProblem, assertRefused, attack, password, sign, signIn } from './support.ts'
import { twoProcesses } from './two-processes.ts'
import { verifierOf } from './verifier-of.ts'

const bothProcesses = twoProcesses()

const newVerifyingApp = (app: App) => app.house.newApp({ localVerification: true })

/** Asks again until the answer is this one. */
async function becomes(verifier: Verifier, token: string, reason: string, withinMs = 3000): Promise<number> {
  const startedAt = performance.now()
  let verdict: LocalVerdict | undefined
  while (performance.now() - startedAt < withinMs) {
    verdict = await verifier.verify(token)
    if (!verdict.active && verdict.reason === reason) return performance.now() - startedAt
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return assert.fail(`after ${withinMs} ms the verdict is ${JSON.stringify(verdict)}`)
}

attack(
  'the keys of tokens are given to nobody whose operator has not said so, and reading them is on record',
  async (app) => {
    const refusal = { code: 'local_verification_off' } as const
    await assertRefused(app, { path: '/v1/tokens/keys', body: {} }, refusal)
    await assertRefused(app, { path: '/v1/tokens/revocations' }, refusal)
    await assertRefused(app, { path: '/v1/tokens/revocations', headers: { accept: 'text/event-stream' } }, refusal)

    const verifying = await newVerifyingApp(app)
    const record = await app.house.recordOf(async () => {
      const { keys, client_id } = await verifying.sdk.tokens.keys({})
      assert.deepEqual([keys.length, client_id], [1, verifying.slug])
    })
    assert.deepEqual(
      record.map(({ type, data }) => [type, data['client_id']]),
      [['token_key.read', verifying.id]],
    )
    const [key] = (await verifying.sdk.tokens.keys({})).keys
    assert.ok(key && !JSON.stringify(record).includes(key.key))
    const other = await newVerifyingApp(app)
    assert.notEqual((await other.sdk.tokens.keys({})).keys[0]?.key, key.key)
  },
)

attack('120 a verifier refuses what was ended, in whichever way', async (given, t) => {
  const app = await newVerifyingApp(given)
  const early = await app.createUser({ password })
  const before = await signIn(app, early)
  await app.sdk.users.sessions.revokeAll({ id: early.id, reason: 'before anybody listens' })
  const verifier = verifierOf(t, app)
  await verifier.ready()
  assert.deepEqual(await verifier.verify(before), { active: false, reason: 'revoked' })

  const ways: Readonly<Record<string, (token: string, id: `usr_${string}`) => Promise<unknown>>> = {
    logout: (token) => app.sdk.auth.logout({ token }),
    revoke: (token) => app.sdk.tokens.revoke({ token }),
    all: (_, id) => app.sdk.users.sessions.revokeAll({ id, reason: 'lost' }),
    disable: (_, id) => app.sdk.users.disable({ id, reason: 'left' }),
    erase: (_, id) => app.sdk.users.erase({ id, reason: 'asked to' }),
  }
  const stranger = await signIn(app, await app.createUser({ password }))
  for (const [name, end] of Object.entries(ways)) {
    const user = await app.createUser({ password })
    const token = await signIn(app, user)
    assert.equal((await verifier.verify(token)).active, true, name)
    await end(token, user.id)
    await becomes(verifier, token, 'revoked')
    assert.equal((await verifier.verify(stranger)).active, true, name)
  }
})

attack('120 a feed tells a client of its own sessions only, and goes on where it ended', async (given) => {
  const [app, other] = [await newVerifyingApp(given), await newVerifyingApp(given)]
  const end = async (of: App) => of.sdk.auth.logout({ token: await signIn(of, await of.createUser({ password })) })
  await end(app)
  await end(other)
  const first = await app.sdk.tokens.revocations({})
  assert.equal(first.data.length, 1)
  app.house.server.clock.advance('10m')
  assert.deepEqual((await app.sdk.tokens.revocations({ since: first.position })).data.length, 1, 'near it, again')
  const second = await app.sdk.tokens.revocations({})
  await end(app)
  app.house.server.clock.advance('10m')
  const third = await app.sdk.tokens.revocations({ since: second.position })
  assert.equal(third.data.length, 1)
  assert.notEqual(third.data[0]?.session_id, first.data[0]?.session_id)
  // A token lasts an hour: what ended before that is no news to anybody.
  app.house.server.clock.advance('1h')
  assert.deepEqual((await app.sdk.tokens.revocations({})).data, [])
  assert.deepEqual((await app.sdk.tokens.revocations({ since: first.position })).data, [])
})

attack(
  '127 a verifier takes a token until it ends by the clock of the server, whatever its own says',
  async (given, t) => {
    const app = await newVerifyingApp(given)
    const { clock } = app.house.server
    const wrong = verifierOf(t, app, { now: () => new Date(clock.now().getTime() + 250_000) })
    const token = await signIn(app, await app.createUser({ password }))
    await wrong.ready()
    const verdict = await wrong.verify(token)
    assert.ok(verdict.active)
    clock.set(new Date(verdict.claims.exp * 1000 - 1))
    await wrong.ready()
    assert.equal((await wrong.verify(token)).active, true)
    clock.advance('1ms')
    assert.deepEqual(await wrong.verify(token), { active: false, reason: 'expired' })
  },
)

attack(
  'when local verification is turned off, what was read is void: to the verifier and to the server',
  async (given, t) => {
    const app = await newVerifyingApp(given)
    const { url, clock } = app.house.server
    const operator = await app.house.server.client({ scopes })
    const verifier = verifierOf(t, app)
    const user = await app.createUser({ password })
    const login = await app.sdk.auth.login({ email: user.email, password })
    assert.ok(login.status === 'authenticated')
    await verifier.ready()
    assert.equal((await verifier.verify(login.access_token)).active, true)
    assert.equal(
      (await operator.clients.update({ id: app.id as `cli_${string}`, local_verification: false })).local_verification,
      false,
    )
    clock.advance('1s')
    await becomes(verifier, login.access_token, 'stale')
    assert.deepEqual(await app.sdk.tokens.validate({ token: login.access_token }), { active: false, reason: 'invalid' })
    const next = await app.sdk.auth.refresh({ refresh_token: login.refresh_token ?? '' })
    assert.equal((await app.sdk.tokens.validate({ token: next.access_token })).active, true)

    await operator.clients.update({ id: app.id as `cli_${string}`, local_verification: true })
    clock.advance('1s')
    const again = verifierOf(t, app, { url })
    await again.ready()
    assert.equal((await again.verify(next.access_token)).active, true)
    assert.deepEqual(await again.verify(login.access_token), { active: false, reason: 'invalid' })
  },
)

/** A way to the server that can be cut, or let nothing through while it seems to stand. */
async function openWay(t: TestContext, to: string) {
  const { port, hostname } = new URL(to)
  const sockets = new Set<Socket>()
  let isOpen = true
  const server = createServer().listen(0, '127.0.0.1')
  server.removeAllListeners('connection').on('connection', (near: Socket) => {
    if (!isOpen) return void near.destroy()
    const far = connect(Number(port), hostname)
    for (const [one, two] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => two.destroy()).on('close', () => two.destroy())
      one.pipe(two)
    }
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const cut = () => {
    isOpen = false
    for (const socket of sockets) socket.destroy()
  }
  t.after(() => {
    cut()
    server.close()
  })
  return {
    host: `127.0.0.1:${(server.address() as { port: number }).port}`,
    cut,
    freeze: () => {
      isOpen = false
      for (const socket of sockets) socket.unpipe().pause()
    },
    mend: () => {
      isOpen = true
    },
  }
}

attack('120 a verifier that hears nothing takes no token for good, and comes back by itself', async (given, t) => {
  const app = await newVerifyingApp(given)
  const { url } = app.house.server
  const way = await openWay(t, url)
  // Signed for the server, sent by the way that can be cut.
  const fetchByWay: typeof fetch = (input, init) => fetch(String(input).replace(new URL(url).host, way.host), init)
  let elapsed = 0
  const verifier = verifierOf(t, app, {
    scheme: 'v1',
    fetch: fetchByWay,
    clock: () => performance.now() + elapsed,
  })
  const token = await signIn(app, await app.createUser({ password }))
  const revoked = await signIn(app, await app.createUser({ password }))
  await verifier.ready()
  for (const part of ['cut', 'freeze'] as const) {
    assert.equal((await verifier.verify(token)).active, true)
    way[part]()
    elapsed += 4000
    assert.equal((await verifier.verify(token)).active, true, 'not stale yet')
    elapsed += 7000
    assert.deepEqual(await verifier.verify(token), { active: false, reason: 'stale' })
    if (part === 'cut') await app.sdk.auth.logout({ token: revoked })
    way.mend()
    await verifier.ready()
    assert.deepEqual(await verifier.verify(revoked), { active: false, reason: 'revoked' })
  }
})

test('120 a session that is ended at one process is refused within a second by a verifier at the other', async (t) => {
  const both = await bothProcesses()
  const app = await both.newApp({ roomy: true, localVerification: true })
  const verifier = createVerifier(app.connections[1])
  t.after(verifier.close)
  await verifier.ready()
  for (let round = 0; round < 5; round++) {
    const user = await app.doors[0].users.create({ email: `${crypto.randomUUID()}@example.test`, password })
    const login = await app.doors[0].auth.login({ email: user.email, password })
    assert.ok(login.status === 'authenticated')
    assert.equal((await verifier.verify(login.access_token)).active, true)
    await app.doors[0].auth.logout({ token: login.access_token })
    const ms = await becomes(verifier, login.access_token, 'revoked')
    assert.ok(ms < 1000, `${ms} ms`)
  }
})

test('an application that may not open more feeds is told to wait, and one that leaves makes room', async (t) => {
  const house = await openHouse(t, { policy: { revocationFeedsPerClient: 2 } })
  const app = await house.newApp({ localVerification: true })
  const attempt = { path: '/v1/tokens/revocations', headers: { accept: 'text/event-stream' } }
  const open = async () => {
    const { url, clock } = house.server
    const timestamp = String(Math.floor(clock.now().getTime() / 1000))
    const signed = { 'x-client-id': app.slug, 'x-timestamp': timestamp, 'x-signature': sign(app.secret, timestamp, '') }
    return fetch(`${url}${attempt.path}`, { headers: { ...attempt.headers, ...signed } })
  }
  const [first, second] = [await open(), await open()]
  assert.deepEqual([first.status, second.status], [200, 200])
  assertProblem(await app.send(attempt), 'overloaded')
  await first.body?.cancel()
  for (let tries = 0; ; tries++) {
    const third = await open()
    await third.body?.cancel()
    if (third.status === 200) break
    assert.ok(tries < 100)
  }
  await second.body?.cancel()
})
