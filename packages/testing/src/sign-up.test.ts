import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isGatehouseError } from '@gatehouse/sdk'
import { measureLoad } from './measure-load.ts'
import { signUp } from './sign-up.ts'
import { startTestServer } from './start-test-server.ts'

test('people are ready to sign in, with whatever they have', async (t) => {
  const server = await startTestServer()
  t.after(() => server.stop())
  const gatehouse = await server.client()
  const proven = { totp: 'otp', hotp: 'otp', webauthn: 'hwk' } as const
  for (const factor of ['totp', 'hotp', 'webauthn'] as const) {
    const person = await signUp(gatehouse, { factor, now: server.clock.now })
    assert.equal(person.recoveryCodes.length, 10)
    const { access_token } = await person.signIn(gatehouse)
    const { claims } = await gatehouse.tokens.validate({ token: access_token })
    assert.ok(claims?.amr.includes(proven[factor]), factor)
    assert.equal(claims?.sub, person.user.id)
  }
  const plain = await signUp(gatehouse, {
    email: 'ada@example.test',
    password: 'seven unrelated words in a row',
    name: 'Ada',
  })
  assert.deepEqual([plain.user.email, plain.user.name, plain.recoveryCodes], ['ada@example.test', 'Ada', []])
  assert.equal((await plain.signIn(gatehouse)).user.id, plain.user.id)
  assert.throws(() => plain.code(), /factor: "totp"/)
})

test('a person has a code for every sign-in as long as the clock moves', async (t) => {
  const server = await startTestServer()
  t.after(() => server.stop())
  const gatehouse = await server.client()
  const ada = await signUp(gatehouse, { factor: 'totp', now: server.clock.now })
  await ada.signIn(gatehouse)
  await assert.rejects(ada.signIn(gatehouse), /move the clock by 30 seconds/)
  server.clock.advance('30s')
  await ada.signIn(gatehouse)
})

test('codes that were sent are in the outbox, and one that was not is an error', async (t) => {
  const server = await startTestServer()
  t.after(() => server.stop())
  const gatehouse = await server.client()
  const { user } = await signUp(gatehouse)
  const { factor } = await gatehouse.users.factors.enroll({ id: user.id, type: 'email' })
  const activated = await gatehouse.factors.activate({ id: factor.id, code: await server.outbox.code(user.email) })
  assert.equal(activated.factor.state, 'active')
  await assert.rejects(server.outbox.code('nobody@example.test'), /No code was sent to nobody@example\.test\./)
})

test('the load of an application is measured against a real server', async (t) => {
  const server = await startTestServer()
  t.after(() => server.stop())
  const gatehouse = await server.client()
  const { access_token: token } = await (await signUp(gatehouse)).signIn(gatehouse)
  const figures = await measureLoad(() => gatehouse.tokens.validate({ token }), { calls: 40 })
  assert.deepEqual(figures.failures, {})
  assert.ok(figures.p50Ms > 0 && figures.p50Ms <= figures.p99Ms)
  const strict = await server.client({ limits: { validate: 5 } })
  const refused = await measureLoad(() => strict.tokens.validate({ token }), { calls: 8, atOnce: 1 })
  assert.deepEqual(refused.failures, { rate_limited: 3 })
  await assert.rejects(strict.tokens.validate({ token }), (error) => isGatehouseError(error, 'rate_limited'))
})
