import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import {
  assertRefused,
  attack,
  codeOf,
  createGuardedUser,
  enrollPhone,
  lastCode,
  password,
  verifyAttempt,
} from './attacks/support.ts'

attack('a factor is checked outside any sign-in, and the client that asked sees what became of it', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  const challenge = await app.sdk.users.challenges.create({
    id: user.id,
    purpose: 'verify',
    action: { type: 'call', number: '4711' },
  })
  // Recovery codes are not offered for this.
  assert.deepEqual(challenge.factors, [{ id: phone.factorId, type: 'totp', label: null }])
  assert.deepEqual(
    [challenge.purpose, challenge.action, challenge.state],
    ['verify', { type: 'call', number: '4711' }, 'pending'],
  )
  assert.deepEqual(await app.sdk.challenges.get({ id: challenge.id }), challenge)

  const wrong = { code: 'mfa_code_invalid', event: 'factor.rejected' } as const
  await assertRefused(app, verifyAttempt(challenge.id, '000000'), wrong)
  await assertRefused(app, verifyAttempt(challenge.id, phone.recoveryCodes[0]), wrong)
  const code = codeOf(app, phone.account)
  const verified = await app.sdk.challenges.verify<'verify'>({ id: challenge.id, code })
  assert.deepEqual(verified, {
    status: 'verified',
    challenge_id: challenge.id,
    user_id: user.id,
    purpose: 'verify',
    action: { type: 'call', number: '4711' },
    factor: { id: phone.factorId, type: 'totp', label: null },
    amr: ['otp'],
  })
  const after = await app.sdk.challenges.get({ id: challenge.id })
  assert.deepEqual([after.state, after.factors], ['answered', []])
  await assertRefused(app, verifyAttempt(challenge.id, code), { code: 'challenge_expired', event: 'factor.rejected' })
})

attack('a challenge is for the client that made it, and says when it is over', async (app) => {
  const { user } = await createGuardedUser(app)
  const { id } = await app.sdk.users.challenges.create({ id: user.id, purpose: 'step_up', action: { type: 'pay' } })
  const other = await app.house.newApp()
  await assertRefused(app, { path: `/v1/challenges/${id}`, by: other }, { code: 'not_found' })
  app.house.server.clock.advance('5m')
  assert.equal((await app.sdk.challenges.get({ id })).state, 'expired')
  const changed = await app.sdk.users.challenges.create({ id: user.id, purpose: 'step_up', action: { type: 'pay' } })
  await app.sdk.users.update({ id: user.id, role: 'clerk' })
  const refusal = { code: 'challenge_expired', event: 'factor.rejected' } as const
  await assertRefused(app, verifyAttempt(changed.id, '000000'), refusal)
})

attack('only the types that were asked for may answer', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  const challenge = (factor_types?: ('sms' | 'totp' | 'recovery_codes')[]) =>
    app.sdk.users.challenges.create({ id: user.id, purpose: 'verify', ...(factor_types && { factor_types }) })
  const recovery = await challenge(['recovery_codes'])
  const refusal = { code: 'mfa_code_invalid', event: 'factor.rejected' } as const
  await assertRefused(app, verifyAttempt(recovery.id, codeOf(app, phone.account)), refusal)
  const code = phone.recoveryCodes[0] ?? ''
  const { amr } = await app.sdk.challenges.verify<'verify'>({ id: recovery.id, code })
  assert.deepEqual(amr, ['recovery'])
  const path = `/v1/users/${user.id}/challenges`
  const none = { code: 'factor_required' } as const
  await assertRefused(app, { path, body: { purpose: 'verify', factor_types: ['sms'] } }, none)
  for (const purpose of ['sign_in', 'recovery', 'enroll']) {
    await assertRefused(app, { path, body: { purpose } }, { code: 'invalid_request' })
  }
  await app.sdk.users.disable({ id: user.id, reason: 'left' })
  await assertRefused(app, { path, body: { purpose: 'verify' } }, none)
})

attack('a second address is a way in when the app is not at hand', async (app) => {
  const user = await app.createUser({ password })
  const phone = await enrollPhone(app, user)
  const mail = `second-${user.email}`
  const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'email', email: mail })
  assert.equal(enrollment.sent_to, 's•••@example.test')
  await app.sdk.factors.activate({ id: factor.id, code: await lastCode(app, mail) })
  const answer = await app.sdk.auth.login({ email: user.email, password })
  assert.ok(answer.status === 'mfa_required')
  const { challenge } = answer
  // The app first: it is the stronger one. The address shows as what it is, and no more of it.
  assert.deepEqual(challenge.factors.map(({ id, type, label }) => [id, type, label]).slice(0, 2), [
    [phone.factorId, 'totp', null],
    [factor.id, 'email', 's•••@example.test'],
  ])
  app.house.server.clock.advance('30s')
  const asked = await app.sdk.challenges.send({ id: challenge.id, factor_id: factor.id })
  assert.equal(asked.sent_to, 's•••@example.test')
  assert.equal(Date.parse(asked.resend_after ?? '') - app.house.server.clock.now().getTime(), 30_000)
  const session = await app.sdk.challenges.verify({ id: challenge.id, code: await lastCode(app, mail) })
  const { claims } = await app.sdk.tokens.validate({ token: session.access_token })
  assert.deepEqual(claims?.amr, ['pwd', 'email', 'mfa'])
})

attack('an application that keeps its users elsewhere asks for factors by the ids of its own', async (app) => {
  const { users } = app.sdk
  const [externalId, next] = [randomUUID(), `${randomUUID()} / Ä?`]
  const find = async (given: { external_id: string; email?: string }) => (await users.listPage(given)).data
  const user = await users.create({ email: `${externalId}@example.test`, external_id: externalId })
  assert.equal(user.external_id, externalId)
  assert.deepEqual(await find({ external_id: externalId }), [user])
  const phone = await enrollPhone(app, user)
  const challenge = await users.challenges.create({ id: user.id, purpose: 'verify' })
  const answer = await app.sdk.challenges.verify<'verify'>({ id: challenge.id, code: codeOf(app, phone.account) })
  assert.equal(answer.user_id, user.id)

  // It is of one user, as it is written, in one tenant.
  const other = await app.createUser()
  const taken = { code: 'external_id_taken' } as const
  const again = { email: `${randomUUID()}@example.test`, external_id: externalId }
  await assertRefused(app, { path: '/v1/users', body: again }, taken)
  const path = `/v1/users/${other.id}`
  await assertRefused(app, { method: 'PATCH', path, body: { external_id: externalId } }, taken)
  const foreign = await app.house.newApp({ tenant: 'default' })
  await foreign.sdk.users.create(again)
  assert.deepEqual(await find({ external_id: externalId.toUpperCase() }), [])
  assert.deepEqual(await find({ external_id: externalId, email: other.email }), [])
  assert.deepEqual(await find({ external_id: externalId, email: user.email }), [user])

  const changed = await users.update({ id: user.id, external_id: next })
  assert.deepEqual(await find({ external_id: next }), [changed])
  assert.deepEqual(await find({ external_id: externalId }), [])
  assert.equal((await users.update({ id: user.id, name: 'Ada' })).external_id, next)
  assert.equal((await users.update({ id: user.id, external_id: null })).external_id, null)
  await users.update({ id: other.id, external_id: externalId })
  await users.erase({ id: other.id, reason: 'asked to' })
  assert.deepEqual(await find({ external_id: externalId }), [])
  await users.update({ id: user.id, external_id: externalId })
})
