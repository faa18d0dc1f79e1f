import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { isGatehouseError } from '@gatehouse/sdk'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'

const password = 'a few unrelated words'

async function start(t: TestContext) {
  const server = await startTestServer()
  t.after(() => server.stop())
  const gatehouse = await server.client()
  const user = await gatehouse.users.create({ email: 'ada@example.org', password })
  const enroll = () => gatehouse.users.factors.enroll({ id: user.id, type: 'totp' })
  const activate = async () => {
    const { factor, enrollment } = await enroll()
    const phone = virtualPhone()
    const account = phone.scan(enrollment.uri)
    await gatehouse.factors.activate({ id: factor.id, code: phone.code(account, server.clock.now()) })
    server.clock.advance('31s')
    return { factor, code: () => phone.code(account, server.clock.now()) }
  }
  const login = async (secret = password) => {
    const answer = await gatehouse.auth.login({ email: user.email, password: secret })
    assert.ok(answer.status === 'mfa_required')
    return answer.challenge.id
  }
  return { server, gatehouse, user, enroll, activate, login }
}

test('045 a new password ends the challenge that the old one opened', async (t) => {
  const { gatehouse, user, activate, login } = await start(t)
  const { code } = await activate()
  const challenge = await login()
  await gatehouse.users.update({ id: user.id, password: 'another few unrelated words' })
  await assert.rejects(gatehouse.challenges.verify({ id: challenge, code: code() }), (error) =>
    isGatehouseError(error, 'challenge_expired'),
  )
  await gatehouse.challenges.verify({ id: await login('another few unrelated words'), code: code() })
})

test('recovery codes are not to be had where there is nothing to recover', async (t) => {
  const { gatehouse, user, activate } = await start(t)
  const enroll = () => gatehouse.users.factors.enroll({ id: user.id, type: 'recovery_codes' })
  await assert.rejects(enroll(), (error) => isGatehouseError(error, 'factor_required'))
  await activate()
  assert.equal((await enroll()).enrollment.codes.length, 10)
})

test('enrolments that nobody finishes are bounded and forgotten, and removing one ends no session', async (t) => {
  const { server, gatehouse, user, enroll, activate, login } = await start(t)
  const { code } = await activate()
  const { access_token } = await gatehouse.challenges.verify({ id: await login(), code: code() })
  const pending = async () =>
    (await gatehouse.users.factors.list({ id: user.id })).data.filter(({ state }) => state === 'pending')
  const made: `fac_${string}`[] = []
  for (let i = 0; i < 8; i++) {
    server.clock.advance('1s')
    made.push((await enroll()).factor.id)
  }
  assert.deepEqual(new Set((await pending()).map(({ id }) => id)), new Set(made.slice(3)))
  await gatehouse.factors.remove({ id: made[7]! })
  assert.equal((await gatehouse.tokens.validate({ token: access_token })).active, true)
  server.clock.advance('11m')
  await enroll()
  assert.equal((await pending()).length, 1)
})
