import assert from 'node:assert/strict'
import { randomInt, randomUUID } from 'node:crypto'
import {
  type App,
  asPerson,
  assertProblem,
  assertRefused,
  attack,
  codeOf,
  createGuardedUser,
  lastCode,
  password,
  sendTogether,
} from './support.ts'

const newEmail = () => `${randomUUID()}@example.test`
const newNumber = () => `+4915112${randomInt(100_000, 999_999)}`

interface Signed {
  readonly token: string
  readonly code?: string
}

/** One call of a person on their own account. */
function ask(app: App, { token, code }: Signed, path: string, body: Readonly<Record<string, unknown>>) {
  const headers = { ...asPerson(token), ...(code !== undefined && { 'x-mfa-token': code }) }
  return app.send({ path: `/v1/me/${path}`, body: JSON.stringify(body), headers })
}

/** Somebody with an app, signed in by password and code. */
async function signInWithPhone(app: App) {
  const { user, phone } = await createGuardedUser(app)
  app.house.server.clock.advance('30s')
  const step = await app.sdk.auth.login({ email: user.email, password })
  assert.ok(step.status === 'mfa_required')
  const session = await app.sdk.challenges.verify({ id: step.challenge.id, code: codeOf(app, phone.account) })
  return { user, phone, token: session.access_token }
}

async function mailsTo(app: App, to: string): Promise<readonly string[]> {
  await app.house.server.runJobs()
  return (await app.house.server.outbox.all()).filter((message) => message.to === to).map(({ kind }) => kind)
}

attack(
  '085 136 an address changes by a fresh proof and a code to the new one, and the old one is told',
  async (app) => {
    const { user, phone, token } = await signInWithPhone(app)
    const email = newEmail()
    app.house.server.clock.advance('301s')
    assertProblem(await ask(app, { token }, 'email', { email }), 'mfa_stale')
    const code = codeOf(app, phone.account)
    const asked = await ask(app, { token, code }, 'email', { email })
    assert.equal(asked.status, 202, asked.text)
    // Nothing has changed yet, and the old address gets no code.
    assert.equal((await app.sdk.users.get({ id: user.id })).email, user.email)
    assert.ok(!(await mailsTo(app, user.email)).includes('code'))
    for (const wrong of ['000000', '', 'x']) {
      assertProblem(await ask(app, { token }, 'email/confirm', { email, code: wrong }), 'mfa_code_invalid')
    }
    // Three wrong answers have ended it.
    const dead = { email, code: await lastCode(app, email) }
    assertProblem(await ask(app, { token }, 'email/confirm', dead), 'mfa_code_invalid')

    app.house.server.clock.advance('30s')
    assert.equal((await ask(app, { token, code: codeOf(app, phone.account) }, 'email', { email })).status, 202)
    const right = { email, code: await lastCode(app, email) }
    const answers = await sendTogether(
      app,
      Array.from({ length: 10 }, () => ({
        path: '/v1/me/email/confirm',
        body: JSON.stringify(right),
        headers: asPerson(token),
      })),
    )
    const [done, ...more] = answers.filter(({ status }) => status === 200)
    assert.deepEqual([done?.json?.['email'], more.length], [email, 0])
    assert.equal(done?.json?.['email_verified_at'], app.house.server.clock.now().toISOString())
    for (const to of [user.email, email]) assert.ok((await mailsTo(app, to)).includes('email_changed'), to)
    assert.equal((await app.sdk.auth.login({ email, password })).status, 'mfa_required')
    await assert.rejects(app.sdk.auth.login({ email: user.email, password }), { code: 'invalid_credentials' })
  },
)

attack('085 136 a number changes by a fresh proof and a code to the new one, and the old one is told', async (app) => {
  const { user, phone, token } = await signInWithPhone(app)
  const [old, next] = [newNumber(), newNumber()]
  await app.sdk.users.update({ id: user.id, phone_number: old })
  app.house.server.clock.advance('301s')
  assertProblem(await ask(app, { token }, 'phone', { phone_number: next }), 'mfa_stale')
  const proof = { token, code: codeOf(app, phone.account) }
  const asked = await ask(app, proof, 'phone', { phone_number: next.replace('+49', '+49 (0) ') })
  assert.equal(asked.status, 202, asked.text)
  assert.equal((await app.sdk.users.get({ id: user.id })).phone_verified_at, null)
  assert.ok(!(await mailsTo(app, old)).includes('code'))
  const confirmed = await ask(app, { token }, 'phone/confirm', { phone_number: next, code: await lastCode(app, next) })
  assert.equal(confirmed.status, 200, confirmed.text)
  assert.equal(confirmed.json?.['phone_number'], next)
  assert.notEqual(confirmed.json?.['phone_verified_at'], null)
  assert.deepEqual(await mailsTo(app, old), ['phone_changed'])
  assert.ok((await mailsTo(app, user.email)).includes('phone_changed'))
  // Another number by the application is as unproven as any.
  assert.equal((await app.sdk.users.update({ id: user.id, phone_number: old })).phone_verified_at, null)
})

attack('052 nobody learns by a change of their own address who else has one', async (app) => {
  const { phone, token } = await signInWithPhone(app)
  const other = await app.createUser()
  const fresh = newEmail()
  const answers = []
  for (const email of [other.email, fresh]) {
    app.house.server.clock.advance('30s')
    answers.push(await ask(app, { token, code: codeOf(app, phone.account) }, 'email', { email }))
  }
  const [taken, free] = answers
  assert.deepEqual([taken?.status, free?.status], [202, 202])
  assert.deepEqual(Object.keys(taken?.json ?? {}), Object.keys(free?.json ?? {}))
  assert.deepEqual(await mailsTo(app, other.email), ['address_in_use'])
  assert.deepEqual(await mailsTo(app, fresh), ['code'])
  const guess = { email: other.email, code: await lastCode(app, fresh) }
  assertProblem(await ask(app, { token }, 'email/confirm', guess), 'mfa_code_invalid')
})

attack('084 a code for an address is good for that address, in that session, for five minutes', async (app) => {
  const { user, phone, token } = await signInWithPhone(app)
  const email = newEmail()
  app.house.server.clock.advance('30s')
  await ask(app, { token, code: codeOf(app, phone.account) }, 'email', { email })
  const code = await lastCode(app, email)
  app.house.server.clock.advance('30s')
  const step = await app.sdk.auth.login({ email: user.email, password })
  assert.ok(step.status === 'mfa_required')
  const other = await app.sdk.challenges.verify({ id: step.challenge.id, code: codeOf(app, phone.account) })
  assertProblem(await ask(app, { token: other.access_token }, 'email/confirm', { email, code }), 'mfa_code_invalid')
  const elsewhere = newEmail()
  assertProblem(await ask(app, { token }, 'email/confirm', { email: elsewhere, code }), 'mfa_code_invalid')
  const confirm = { path: `/v1/users/${user.id}/email-verification/confirm`, body: { code } }
  await assertRefused(app, confirm, { code: 'mfa_code_invalid', event: 'user.address_rejected', secrets: [code] })
  app.house.server.clock.advance('5m')
  assertProblem(await ask(app, { token }, 'email/confirm', { email, code }), 'mfa_code_invalid')
})

attack('an application has the addresses of a user verified, and a change takes that away', async (app) => {
  const user = await app.createUser()
  const phone_number = newNumber()
  await app.sdk.users.update({ id: user.id, phone_number })
  const { emailVerification, phoneVerification } = app.sdk.users
  const sent = await emailVerification.send({ id: user.id })
  assert.match(sent.sent_to, /^.•••@example\.test$/)
  const code = await lastCode(app, user.email)
  const verified = await emailVerification.confirm({ id: user.id, code })
  assert.equal(verified.email_verified_at, app.house.server.clock.now().toISOString())
  await assert.rejects(emailVerification.confirm({ id: user.id, code }), { code: 'mfa_code_invalid' })
  await phoneVerification.send({ id: user.id })
  const both = await phoneVerification.confirm({ id: user.id, code: await lastCode(app, phone_number) })
  assert.deepEqual([both.email_verified_at !== null, both.phone_verified_at !== null], [true, true])
  const same = await app.sdk.users.update({ id: user.id, email: user.email.toUpperCase(), name: 'Ada' })
  assert.notEqual(same.email_verified_at, null)
  const changed = await app.sdk.users.update({ id: user.id, email: newEmail() })
  assert.deepEqual([changed.email_verified_at, changed.phone_verified_at !== null], [null, true])
  const without = await app.sdk.users.create({ external_id: randomUUID() })
  const path = `/v1/users/${without.id}/email-verification`
  await assertRefused(app, { path, body: {} }, { code: 'invalid_request' })
})

attack('a person verifies the address that they have, and nothing else changes', async (app) => {
  const { user, phone, token } = await signInWithPhone(app)
  app.house.server.clock.advance('30s')
  const me = app.sdk.me(token, { code: codeOf(app, phone.account) })
  await me.email.change({ email: user.email })
  const confirmed = await me.email.confirm({ email: user.email, code: await lastCode(app, user.email) })
  assert.deepEqual([confirmed.email, confirmed.email_verified_at !== null], [user.email, true])
  assert.ok(!(await mailsTo(app, user.email)).includes('email_changed'))
})
