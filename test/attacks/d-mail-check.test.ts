import assert from 'node:assert/strict'
import { usualScopes } from '@gatehouse/contract/operation'
import { type App, assertProblem, attack, enrollPhone, lastCode, type Person, password } from './support.ts'

const atHome = { ip: '5.9.1.1', user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0' }
const abroad = { ...atHome, ip: '133.11.0.1' }

/** Somebody without a second factor whose address is known to be theirs. */
async function reachedUser(app: App): Promise<Person> {
  const user = await app.createUser({ password })
  await app.sdk.users.emailVerification.send({ id: user.id })
  await app.sdk.users.emailVerification.confirm({ id: user.id, code: await lastCode(app, user.email) })
  app.house.server.clock.advance('1m')
  return user
}

const login = (app: App, { email }: Person, end_user: object) => app.sdk.auth.login({ email, password, end_user })

/** A sign-in that waits for a code by mail. */
async function askedAbroad(app: App, user: Person) {
  const answer = await login(app, user, abroad)
  assert.ok(answer.status === 'mfa_required', answer.status)
  const [factor, ...others] = answer.challenge.factors
  assert.deepEqual([factor?.type, others], ['email', []])
  return { id: answer.challenge.id, factorId: factor?.id ?? assert.fail() }
}

async function codeOfMail(app: App, user: Person, { id, factorId }: Awaited<ReturnType<typeof askedAbroad>>) {
  await app.sdk.challenges.send({ id, factor_id: factorId, end_user: abroad })
  return lastCode(app, user.email)
}

attack('from another country whoever has no second factor answers by mail, once', async (app) => {
  const user = await reachedUser(app)
  assert.equal((await login(app, user, atHome)).status, 'authenticated')
  const asked = await askedAbroad(app, user)
  assert.deepEqual((await app.sdk.users.factors.list({ id: user.id })).data, [], 'it is no factor')
  assert.equal((await login(app, user, atHome)).status, 'authenticated', 'at home nobody is asked')
  const code = await codeOfMail(app, user, asked)
  const wrong = code === '000000' ? '000001' : '000000'
  assertProblem(
    await app.send({ path: `/v1/challenges/${asked.id}/verify`, body: { code: wrong } }),
    'mfa_code_invalid',
  )
  const answer = await app.sdk.challenges.verify({ id: asked.id, code, end_user: abroad })
  const { claims } = await app.sdk.tokens.validate({ token: answer.access_token })
  assert.deepEqual([claims?.acr, claims?.amr], ['aal1', ['pwd', 'email']], 'no factor was proven')
  assert.equal(answer.session_token, undefined)
  assertProblem(await app.send({ path: `/v1/challenges/${asked.id}/verify`, body: { code } }), 'challenge_expired')
  assert.equal((await login(app, user, abroad)).status, 'authenticated', 'the country is known from now on')
})

attack('what stands in for a factor opens nothing that demands one', async (app) => {
  const user = await reachedUser(app)
  await login(app, user, atHome)
  const first = await askedAbroad(app, user)
  for (const purpose of ['verify', 'step_up'] as const) {
    const body = { purpose, ...(purpose === 'step_up' && { action: { type: 'pay' } }) }
    assertProblem(await app.send({ path: `/v1/users/${user.id}/challenges`, body }), 'factor_required')
  }
  // A second sign-in takes its place, and a code of the first is worth nothing there.
  const code = await codeOfMail(app, user, first)
  const second = await askedAbroad(app, user)
  assertProblem(await app.send({ path: `/v1/challenges/${second.id}/verify`, body: { code } }), 'mfa_code_invalid')
  // Whoever has a factor meanwhile is asked for that.
  await enrollPhone(app, user)
  const third = await login(app, user, abroad)
  assert.ok(third.status === 'mfa_required')
  assert.deepEqual(
    third.challenge.factors.map(({ type }) => type),
    ['totp', 'recovery_codes'],
  )
  const late = { path: `/v1/challenges/${second.id}/verify`, body: { code } }
  assert.notEqual((await app.send(late)).status, 200)
})

attack('an address that nobody has proven is sent no code, and the owner is told', async (app) => {
  const user = await app.createUser({ password })
  await login(app, user, atHome)
  assert.equal((await login(app, user, abroad)).status, 'authenticated')
  const mails = (await app.house.server.outbox.all()).filter(({ to }) => to === user.email)
  assert.ok(mails.length > 0 && mails.every(({ kind }) => kind !== 'code'))
})

attack('a tenant may let them in and tell the owner, as it may refuse them', async (app) => {
  const keeper = await app.house.newApp({ scopes: [...usualScopes, 'policy:write'] })
  const user = await reachedUser(app)
  await login(app, user, atHome)
  await keeper.sdk.policy.update({ risk: { without_factor: 'notify' }, reason: 'test' })
  try {
    assert.equal((await login(app, user, abroad)).status, 'authenticated')
  } finally {
    await keeper.sdk.policy.update({ risk: { without_factor: 'verify' }, reason: 'test' })
  }
})
