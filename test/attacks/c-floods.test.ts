import assert from 'node:assert/strict'
import { createGatehouse } from '@gatehouse/sdk'
import { type App, type Attempt, assertProblem, attacksOn, jsonWithNonce, unsigned } from './support.ts'

const both = ['sqlite', 'postgres'] as const
const proxy = '127.0.0.2'
const attack = attacksOn(
  { strangerRefusalsPerMinute: 5, allStrangerRefusalsPerMinute: 20, callerRefusalsPerMinute: 5 },
  both,
  { GATEHOUSE_TRUSTED_PROXIES: proxy },
)

/** Somebody at this address, without a signature. */
const stranger = (address: string, attempt: Partial<Attempt> = {}): Attempt => ({
  path: '/v1/users',
  from: proxy,
  headers: { ...unsigned, 'x-forwarded-for': address, ...attempt.headers },
})

/** Who is on record for it, in order: address, problem, and the name that was used. */
async function recorded(app: App, act: () => Promise<unknown>) {
  const record = await app.house.recordOf(act)
  return record
    .filter(({ type }) => type === 'request.refused')
    .map(({ ip_address, data }) => [ip_address, data['code'], data['claimed_client'] ?? null])
}

/** What was counted in place of it, after a minute. */
async function counted(app: App) {
  app.house.server.clock.advance('61s')
  const record = await app.house.recordOf(() => app.house.server.runJobs())
  return record
    .filter(({ type }) => type === 'refusals.counted')
    .map(({ user_id, data: { since, ...data } }) => ({ ...data, user_id, told: typeof since === 'string' }))
}

attack('041 whoever has many networks fills the record with no more than one bound, and hides nobody', async (app) => {
  const open = await app.house.newApp({ allow: ['any'] })
  const flood = (networks: number, from: number) => async () => {
    for (let i = 0; i < networks; i++) {
      const address = `2001:db8:7:${(from + i).toString(16)}::1`
      assertProblem(await app.send(stranger(address)), 'signature_missing')
    }
  }
  assert.equal((await recorded(app, flood(20, 0))).length, 20)
  // The first that finds no room is there for its kind and its network.
  assert.deepEqual(await recorded(app, flood(30, 100)), [['2001:db8:7:64::1', 'signature_missing', null]])

  const trace = ['203.0.113.9', 'signature_missing', null]
  const there = stranger('203.0.113.9')
  assert.deepEqual(await recorded(app, () => app.send(there)), [trace], 'another network')
  assert.deepEqual(await recorded(app, () => app.send(there)), [], 'once')
  const next = await recorded(app, async () => {
    for (const address of ['2001:db8:8::1', '2001:db8:8:ffff::1', '::ffff:203.0.113.9'])
      await app.send(stranger(address))
  })
  assert.deepEqual(next, [['2001:db8:8::1', 'signature_missing', null]], 'a network of 48 bits is one')
  const named = { ...there, headers: { ...there.headers, 'x-client-id': open.slug } }
  const inTheName = ['203.0.113.9', 'signature_missing', open.slug]
  assert.deepEqual(await recorded(app, () => app.send(named)), [inTheName], 'in the name of somebody')
  assert.deepEqual(await recorded(app, () => app.send({ ...there, path: '/wp-login.php' })), [
    ['203.0.113.9', 'not_found', null],
  ])

  // Whoever is known suffers nothing by it.
  const own = await recorded(app, () => app.send({ path: '/v1/users', body: '{' }))
  assert.deepEqual(own, [['127.0.0.1', 'invalid_json', null]])
  const missing = { code: 'signature_missing', proven: false, user_id: null, told: true }
  assert.deepEqual(await counted(app), [{ ...missing, client: null, count: 32 }])
  assert.deepEqual(await counted(app), [])
  assert.equal((await recorded(app, flood(3, 0))).length, 3, 'a minute later')
})

attack('041 what one source is refused past its bound is counted, too', async (app) => {
  const again = async () => {
    for (let i = 0; i < 9; i++) await app.send(stranger('198.51.100.4'))
  }
  const codes = (await recorded(app, again)).map(([, code]) => code)
  assert.deepEqual(codes, [...Array(5).fill('signature_missing'), 'rate_limited'])
  const missing = { code: 'signature_missing', proven: false, user_id: null, told: true }
  assert.deepEqual(await counted(app), [{ ...missing, client: null, count: 3 }])
})

attack('041 a client that sends nonsense fills no record, and nobody else is counted with it', async (app) => {
  const nonsense = (by: App) => by.send({ path: '/v1/users', body: `${jsonWithNonce({})}}` })
  const other = await app.house.newApp()
  const record = await recorded(app, async () => {
    for (let i = 0; i < 12; i++) assertProblem(await nonsense(app), 'invalid_json')
    assertProblem(await app.send({ path: '/v1/users', body: '[]' }), 'invalid_request')
    assertProblem(await nonsense(other), 'invalid_json')
  })
  const codes = record.map(([, code]) => code)
  assert.deepEqual(codes, [...Array(6).fill('invalid_json'), 'invalid_request', 'invalid_json'])
  const told = { code: 'invalid_json', client: app.slug, proven: true, count: 6, user_id: null, told: true }
  assert.deepEqual(await counted(app), [told])
})

attack('041 a person who is refused again and again is counted for themselves', async (app) => {
  const user = await app.createUser({ password: 'seven unrelated words in a row' })
  const sdk = createGatehouse({
    url: app.house.server.url,
    clientId: app.slug,
    secret: app.secret,
    now: app.house.server.clock.now,
  })
  const answer = await sdk.auth.login({ email: user.email, password: 'seven unrelated words in a row' })
  assert.ok(answer.status === 'authenticated')
  const record = await recorded(app, async () => {
    const headers = { ...unsigned, authorization: `Bearer ${answer.access_token}` }
    for (let i = 0; i < 8; i++) await app.send({ path: '/v1/me/password', body: '{', headers })
  })
  assert.equal(record.length, 6)
  const told = { code: 'invalid_json', client: app.slug, proven: true, count: 2, user_id: user.id, told: true }
  assert.deepEqual(await counted(app), [told])
})
