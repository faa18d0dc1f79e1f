import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { createGatehouse, isGatehouseError } from '@gatehouse/sdk'
import { makeFolder } from './attacks/cli-server.ts'
import {
  type Answer,
  type Attempt,
  assertProblem,
  attack,
  codeOf,
  createGuardedUser,
  openChallenge,
  password,
  sendTogether,
  verifyAttempt,
} from './attacks/support.ts'
import { twoProcesses } from './attacks/two-processes.ts'
import { createClientByCommand, findFreePort, type ServerProcess, startServerProcess } from './crash/server-process.ts'

const withKey = (key: string, attempt: Attempt): Attempt => ({
  ...attempt,
  headers: { ...attempt.headers, 'idempotency-key': key },
})

/** What the body of an answer says, and whether it was given before. */
const said = ({ status, text, headers }: Answer) => [status, text, headers['idempotent-replayed']]

attack('a request that is sent again under its key is answered alike, and done once', async (app) => {
  const attempt = withKey(randomUUID(), { path: '/v1/users', body: { email: `${randomUUID()}@example.test` } })
  const first = await app.send(attempt)
  assert.equal(first.status, 201, first.text)
  assert.equal(first.headers['idempotent-replayed'], undefined)
  const record = await app.house.recordOf(async () => {
    assert.deepEqual(said(await app.send(attempt)), [201, first.text, 'true'])
  })
  assert.deepEqual(
    record.map(({ type, data }) => [type, data]),
    [['request.repeated', { operation: 'createUser' }]],
  )
  const other = await app.send({ ...attempt, body: { email: 'somebody-else@example.test' } })
  assertProblem(other, 'idempotency_key_reused')
  app.house.server.clock.advance('24h')
  assert.equal((await app.send(attempt)).json?.['code'], 'email_taken')
})

attack('a secret that is shown once is shown again under its key, to its client alone', async (app) => {
  const { user } = await createGuardedUser(app)
  const challenge = await openChallenge(app, user)
  const stranger = await app.house.newApp()
  const factor = { path: `/v1/users/${user.id}/factors`, body: { type: 'totp' } }
  const key = randomUUID()
  const first = await app.send(withKey(key, factor))
  assert.equal(first.status, 201, first.text)
  assert.deepEqual(said(await app.send(withKey(key, factor))), [201, first.text, 'true'])
  const other = await stranger.send(withKey(key, factor))
  assert.notEqual(other.text, first.text)
  assert.equal(other.headers['idempotent-replayed'], undefined)
  assert.ok(challenge)
})

attack('a code is accepted once: under its key the same answer comes again, under another none', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  const challenge = await openChallenge(app, user)
  const attempt = verifyAttempt(challenge, codeOf(app, phone.account))
  const key = randomUUID()
  const first = await app.send(withKey(key, attempt))
  assert.equal(first.status, 200, first.text)
  const record = await app.house.recordOf(async () => {
    assert.deepEqual(said(await app.send(withKey(key, attempt))), [200, first.text, 'true'])
  })
  assert.deepEqual(
    record.map(({ type }) => type),
    ['request.repeated'],
  )
  assert.equal((await app.send(withKey(randomUUID(), attempt))).status, 401)
  assert.equal((await app.send(attempt)).status, 401)
})

attack('a wrong code is judged once under its key, and its refusal is on record each time', async (app) => {
  const { user } = await createGuardedUser(app)
  const attempt = withKey(randomUUID(), verifyAttempt(await openChallenge(app, user), '00000'))
  const first = await app.send(attempt)
  assertProblem(first, 'mfa_code_invalid')
  const record = await app.house.recordOf(async () => {
    const again = await app.send(attempt)
    assertProblem(again, 'mfa_code_invalid')
    assert.equal(again.headers['idempotent-replayed'], 'true')
  })
  assert.deepEqual(
    record.map(({ type }) => type),
    ['request.refused'],
  )
})

attack('008 a key lets nobody send a signed request again', async (app) => {
  const body = JSON.stringify({ email: `${randomUUID()}@example.test` })
  const attempt = withKey(randomUUID(), { path: '/v1/users', body })
  assert.equal((await app.send(attempt)).status, 201)
  assertProblem(await app.send(attempt), 'signature_replayed')
})

attack('whoever may not do it any more does not get the answer again', async (app) => {
  const admin = await app.house.newApp({ scopes: ['clients:write', 'clients:read', 'users:write', 'users:read'] })
  const attempt = withKey(randomUUID(), { path: '/v1/users', body: { email: `${randomUUID()}@example.test` } })
  const worker = await app.house.newApp({ scopes: ['users:write'] })
  assert.equal((await worker.send(attempt)).status, 201)
  await admin.sdk.clients.update({ id: worker.id as `cli_${string}`, scopes: ['users:read'] })
  app.house.server.clock.advance('1s')
  assertProblem(await worker.send(attempt), 'insufficient_scope')
})

attack('an answer that is true of the moment alone takes no key', async (app) => {
  const { user } = await createGuardedUser(app)
  for (const path of ['/v1/tokens/validate', '/v1/tokens/keys']) {
    const body = path.endsWith('validate') ? { token: 'a.b.c' } : {}
    assertProblem(await app.send(withKey(randomUUID(), { path, body })), 'idempotency_not_offered')
  }
  assert.ok(user)
})

attack('a key that is none is refused, and where nothing changes it says nothing', async (app) => {
  const path = '/v1/users'
  for (const key of ['short', 'a key with spaces', 'x'.repeat(256), '']) {
    const answer = await app.send(withKey(key, { path, body: { email: `${randomUUID()}@example.test` } }))
    assertProblem(answer, 'invalid_request')
  }
  const twice = { 'idempotency-key': ['first-key-1', 'first-key-2'] }
  assertProblem(await app.send({ path, body: { email: 'x@example.test' }, headers: twice }), 'invalid_request')
  assert.equal((await app.send(withKey('short', { path }))).status, 200)
})

attack('of a hundred with one key at once one is carried out', async (app) => {
  const { user } = await createGuardedUser(app)
  for (let round = 0; round < 3; round++) {
    const before = (await app.sdk.users.factors.list({ id: user.id })).data.length
    const attempt = withKey(randomUUID(), { path: `/v1/users/${user.id}/factors`, body: { type: 'totp' } })
    const answers = await sendTogether(
      app,
      Array.from({ length: 100 }, () => attempt),
    )
    const done = answers.filter(({ status }) => status === 201)
    assert.ok(done.length >= 1)
    assert.equal(new Set(done.map(({ text }) => text)).size, 1, 'one answer')
    assert.equal(done.filter(({ headers }) => headers['idempotent-replayed'] === undefined).length, 1)
    for (const answer of answers) if (answer.status !== 201) assertProblem(answer, 'idempotency_in_progress')
    assert.equal((await app.sdk.users.factors.list({ id: user.id })).data.length, before + 1)
  }
})

const openTwo = twoProcesses()

test('of two processes one carries out what has a key, and the other gives its answer (postgres, two processes)', async () => {
  const app = await (await openTwo()).newApp({ roomy: true })
  const user = await app.doors[0].users.create({ email: `${randomUUID()}@example.org`, password })
  for (let round = 0; round < 5; round++) {
    const attempt = withKey(randomUUID(), { path: `/v1/users/${user.id}/factors`, body: { type: 'totp' } })
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => app.send(attempt, index)))
    const done = answers.filter(({ status }) => status === 201)
    assert.equal(new Set(done.map(({ text }) => text)).size, 1)
    for (const { status, json } of answers) {
      if (status !== 201) assert.equal(json?.['code'], 'idempotency_in_progress')
    }
    assert.deepEqual(
      await Promise.all([0, 1].map((door) => app.send(attempt, door).then(said))),
      [0, 1].map(() => [201, done[0]?.text, 'true']),
    )
    assert.equal((await app.doors[1].users.factors.list({ id: user.id })).data.length, round + 1)
  }
})

test('205 however often the server is killed, the SDK has each request carried out once', async (t) => {
  const folder = makeFolder(t)
  const client = createClientByCommand(folder, 'retrying')
  const port = await findFreePort()
  let server: ServerProcess | undefined = await startServerProcess(folder, { port })
  t.after(() => server?.kill())
  const asProxy: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers)
    headers.set('x-forwarded-for', '203.0.113.7')
    headers.set('x-forwarded-proto', 'https')
    return fetch(input, { ...init, headers })
  }
  const connection = { url: `http://127.0.0.1:${port}`, clientId: client.slug, secret: client.secret, fetch: asProxy }
  const gatehouse = createGatehouse({ ...connection, chance: () => 0 })
  const user = await gatehouse.users.create({ email: 'ada@example.org' })
  let asked = 0
  const outcomes: string[] = []
  /** Asks until there is an answer, whatever stands in between. */
  const enroll = async (): Promise<void> => {
    const idempotencyKey = `enrolment-${asked++}`
    for (;;) {
      try {
        await gatehouse.users.factors.enroll({ id: user.id, type: 'totp' }, { idempotencyKey })
        outcomes.push('done')
        return
      } catch (error) {
        if (!isGatehouseError(error)) throw error
        if (error.code === 'idempotency_answer_lost') {
          outcomes.push('done, and the answer lost')
          return
        }
        if (error.code !== 'connection_failed' && error.code !== 'unexpected_answer') throw error
      }
    }
  }
  for (let round = 0; round < 4; round++) {
    let on = true
    const work = Array.from({ length: 4 }, async () => {
      while (on) await enroll()
    })
    await setTimeout(30 + 60 * round)
    assert.ok(await server?.kill())
    server = await startServerProcess(folder, { port })
    on = false
    await Promise.all(work)
  }
  assert.equal(outcomes.length, asked)
  let enrolled = 0
  for await (const _ of gatehouse.auditEvents.list({ action: 'factor_enrolled' })) enrolled++
  assert.equal(enrolled, asked)
  t.diagnostic(`${asked} requests, ${outcomes.filter((outcome) => outcome !== 'done').length} of them without answer`)
})
