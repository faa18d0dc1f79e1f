import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Authenticated } from '@gatehouse/contract/resources'
import { validateToken } from '@gatehouse/contract/verification-operations'
import { createGatehouse, isGatehouseError } from '@gatehouse/sdk'
import { createGatehouse as forExpress } from '@gatehouse/sdk/express'
import { createVerifier } from '@gatehouse/sdk/verify'
import { type Mock, startMock } from './mock.ts'
import { movableClock } from './movable-clock.ts'
import { startTestServer } from './start-test-server.ts'

async function start(t: TestContext) {
  const clock = movableClock()
  const mock = await startMock({ now: clock.now })
  t.after(() => mock.stop())
  return { clock, mock, options: optionsOf(mock, clock.now) }
}
const optionsOf = ({ url, clientId, secret }: Mock, now: () => Date) => {
  return { url, clientId, secret, now, retries: { max: 0 } }
}
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => assert.fail('it was answered'),
    (error) => (isGatehouseError(error) ? error.code : String(error)),
  )

test('a mock signs in whoever is of a test, by the one password', async (t) => {
  const { mock, options, clock } = await start(t)
  const gatehouse = createGatehouse(options)
  const password = 'a few unrelated words'
  const email = 'grace+test@example.test'
  const login = await gatehouse.auth.login({ email, password })
  assert.ok(login.status === 'authenticated')
  assert.deepEqual(Authenticated.parse(login), login, 'it is what the contract says')
  const validated = await gatehouse.tokens.validate({ token: login.access_token })
  assert.deepEqual(validateToken.output.parse(validated), validated)
  assert.deepEqual([validated.active, validated.claims?.email, validated.claims?.sub], [true, email, login.user.id])
  clock.advance('61m')
  assert.equal((await gatehouse.tokens.validate({ token: login.access_token })).reason, 'expired')
  const next = await gatehouse.auth.refresh({ refresh_token: login.refresh_token ?? '' })
  assert.equal((await gatehouse.tokens.validate({ token: next.access_token })).claims?.sid, login.session_id)
  await gatehouse.auth.logout({ token: next.access_token })

  assert.equal(await codeOf(gatehouse.auth.login({ email, password: 'other words altogether' })), 'invalid_credentials')
  assert.equal(await codeOf(gatehouse.auth.login({ email: 'ada@example.org', password })), 'invalid_credentials')
  assert.equal(await codeOf(gatehouse.users.create({ email })), 'not_found')
  const { url, clientId } = mock
  const wrong = (other: object) => createGatehouse({ ...options, url, clientId, ...other })
  assert.equal(await codeOf(wrong({ secret: 'gh_live_x' }).tokens.keys({})), 'signature_invalid')
  assert.equal(await codeOf(wrong({ secret: 'gh_live_x', scheme: 'v1' }).tokens.keys({})), 'signature_invalid')
  assert.equal(await codeOf(wrong({ clientId: 'portal' }).tokens.keys({})), 'client_not_allowed')
})

test('the guards of an application work with a mock: one code is right, and its proof grows old', async (t) => {
  const { mock, options, clock } = await start(t)
  const guard = forExpress(options).requireMfa({ maxAge: '10m' })
  const app = createServer((request, response) => guard(request, response, () => response.end('paid')))
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  t.after(() => app.close())
  const bearer = { authorization: `Bearer ${mock.token()}` }
  const pay = async (headers: Record<string, string> = {}) => {
    const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
    const response = await fetch(url, { headers: { ...bearer, connection: 'close', ...headers } })
    const text = await response.text()
    return { said: text === 'paid' ? text : JSON.parse(text).code, token: response.headers.get('x-session-token') }
  }
  assert.equal((await pay()).said, 'mfa_required')
  for (const code of ['000000', '111111']) assert.equal((await pay({ 'x-mfa-token': code })).said, 'mfa_code_invalid')
  const proven = await pay({ 'x-mfa-token': '424242' })
  assert.equal(proven.said, 'paid')
  const proof = { 'x-session-token': proven.token ?? '' }
  assert.equal((await pay(proof)).said, 'paid')
  const other = { authorization: `Bearer ${mock.token({ email: 'eve+test@example.test' })}` }
  assert.equal((await pay({ ...proof, ...other })).said, 'mfa_required', 'a proof is of one person')
  assert.equal((await pay({ authorization: `Bearer ${mock.token({ mfa: true })}` })).said, 'paid')
  assert.equal((await pay({ authorization: `Bearer ${proven.token}` })).said, 'token_invalid', 'a proof is no token')
  clock.advance('11m')
  assert.equal((await pay(proof)).said, 'mfa_stale')
})

test('a verifier judges the tokens of a mock, which ends none of them', async (t) => {
  const { mock, options, clock } = await start(t)
  const verifier = createVerifier({ ...options, clock: () => clock.now().getTime() })
  t.after(verifier.close)
  await verifier.ready()
  const verdict = await verifier.verify(mock.token({ email: 'a@b.test', role: 'admin' }))
  assert.ok(verdict.active)
  assert.deepEqual([verdict.claims.email, verdict.claims.role], ['a@b.test', 'admin'])
})

test('nothing of a mock is good at a server, and nothing of a server at a mock', async (t) => {
  const { mock, options } = await start(t)
  const server = await startTestServer()
  t.after(() => server.stop())
  const real = await server.client()
  assert.deepEqual(await real.tokens.validate({ token: mock.token({ mfa: true }) }), {
    active: false,
    reason: 'invalid',
  })
  const namesake = await server.createClient({ slug: mock.clientId })
  const atServer = createGatehouse({ ...options, url: server.url, now: server.clock.now })
  assert.equal(await codeOf(atServer.tokens.keys({})), 'signature_invalid', 'also where a client has its name')

  const client = createGatehouse({ url: server.url, clientId: namesake.slug, secret: namesake.secret })
  const account = { email: 'ada+test@example.test', password: 'a few unrelated words' }
  await client.users.create(account)
  const login = await client.auth.login(account)
  assert.ok(login.status === 'authenticated')
  const atMock = createGatehouse(options)
  const token = login.access_token
  assert.deepEqual(await atMock.tokens.validate({ token }), { active: false, reason: 'invalid' })
})
