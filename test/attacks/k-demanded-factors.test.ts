import assert from 'node:assert/strict'
import { usualScopes } from '@gatehouse/contract/operation'
import {
  type App,
  asPerson,
  assertProblem,
  assertRefused,
  attack,
  codeOf,
  enrollPhone,
  type Person,
  password,
  phone,
  sendTogether,
} from './support.ts'

/** An application that may set the rules, in a tenant that demands a second factor. */
async function demanding(app: App, backups: 0 | 1 | 2 = 0): Promise<App> {
  const keeper = await app.house.newApp({ scopes: [...usualScopes, 'policy:write'] })
  const rules = await keeper.sdk.policy.update({ mfa: 'required', backups, reason: 'test' })
  assert.deepEqual([rules.mfa, rules.backups], ['required', backups])
  return keeper
}

/** What somebody with the right password and no factor is let in to. */
async function openEnrollment(app: App, user: Person): Promise<string> {
  const answer = await app.sdk.auth.login({ email: user.email, password })
  assert.ok(answer.status === 'mfa_enrollment_required', answer.status)
  assert.ok(!('refresh_token' in answer) && !('session_token' in answer))
  return answer.access_token
}

/** Enrols an app of one's own. */
async function enrollAs(app: App, token: string) {
  const headers = asPerson(token)
  const enrolled = await app.send({ path: '/v1/me/factors', body: '{"type":"totp"}', headers })
  assert.equal(enrolled.status, 201, enrolled.text)
  const { factor, enrollment } = enrolled.json as { factor: { id: string }; enrollment: { uri: string } }
  const account = phone.scan(enrollment.uri)
  const activate = () =>
    app.send({
      path: `/v1/me/factors/${factor.id}/activate`,
      body: JSON.stringify({ code: codeOf(app, account) }),
      headers,
    })
  return { account, activate }
}

attack(
  '115 where a second factor is demanded, the password opens the way to one and to nothing else',
  async (plain) => {
    const app = await demanding(plain)
    const user = await app.createUser({ password })
    assert.equal((await app.sdk.users.get({ id: user.id })).mfa_state, 'incomplete')
    const token = await openEnrollment(app, user)
    const headers = asPerson(token)
    for (const [method, path, body] of [
      ['GET', '/v1/me', undefined],
      ['GET', '/v1/me/activity', undefined],
      ['PATCH', '/v1/me', '{"name":"Eve"}'],
      ['DELETE', '/v1/me/sessions', undefined],
    ] as const) {
      assertProblem(await app.send({ method, path, body, headers }), 'recovery_only')
    }
    const { claims } = await app.sdk.tokens.validate({ token })
    assert.deepEqual([claims?.acr, claims?.security['2fa_verified']], ['recovery', false])

    const { account, activate } = await enrollAs(app, token)
    const activated = await activate()
    assert.equal((activated.json as { recovery_codes: string[] }).recovery_codes.length, 10)
    assert.equal((await app.sdk.users.get({ id: user.id })).mfa_state, 'complete')
    app.house.server.clock.advance('30s')
    const answer = await app.sdk.auth.login({ email: user.email, password })
    assert.ok(answer.status === 'mfa_required')
    const inside = await app.sdk.challenges.verify({ id: answer.challenge.id, code: codeOf(app, account) })
    assert.equal(inside.status, 'authenticated')
  },
)

attack('a way in to the first factor is closed to others as soon as there is one', async (plain) => {
  const app = await demanding(plain)
  const user = await app.createUser({ password })
  const [owner, thief] = [await openEnrollment(app, user), await openEnrollment(app, user)]
  const late = await enrollAs(app, thief)
  assert.equal((await (await enrollAs(app, owner)).activate()).status, 200)
  assertProblem(await late.activate(), 'token_invalid')
  const again = { path: '/v1/me/factors', body: '{"type":"totp"}', headers: asPerson(thief) }
  assertProblem(await app.send(again), 'token_invalid')
})

attack('two backups that are demanded are told of until they are there', async (plain) => {
  const app = await demanding(plain, 2)
  const user = await app.createUser({ password })
  const stateOf = async () => (await app.sdk.users.get({ id: user.id })).mfa_state
  const states = [await stateOf()]
  const first = await enrollPhone(app, user)
  states.push(await stateOf())
  const second = await enrollPhone(app, user)
  states.push(await stateOf())
  await app.sdk.factors.remove({ id: second.factorId })
  states.push(await stateOf())
  assert.deepEqual(states, ['incomplete', 'backup_incomplete', 'complete', 'backup_incomplete'])
  await assertRefused(
    app,
    { method: 'DELETE', path: `/v1/factors/${first.factorId}`, body: {} },
    { code: 'last_factor' },
  )
})

attack('201 of two who remove the last two factors at once, one is told that theirs is the last', async (plain) => {
  const app = await demanding(plain)
  const remove = (id: string) => ({ method: 'DELETE', path: `/v1/factors/${id}`, body: {} })
  for (let round = 0; round < 5; round++) {
    const user = await app.createUser({ password })
    const factors = [await enrollPhone(app, user), await enrollPhone(app, user)]
    const answers = await sendTogether(
      app,
      factors.map(({ factorId }) => remove(factorId)),
    )
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 409])
    assertProblem(answers.find(({ status }) => status === 409)!, 'last_factor')
    const left = (await app.sdk.users.factors.list({ id: user.id })).data.map(({ type }) => type)
    assert.deepEqual(left.toSorted(), ['recovery_codes', 'totp'])

    // One goes while another comes: whichever is first, there is one.
    const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'totp' })
    const code = codeOf(app, phone.scan(enrollment.uri))
    const last = (await app.sdk.users.factors.list({ id: user.id })).data.find(({ state }) => state === 'active')!
    await sendTogether(app, [remove(last.id), { path: `/v1/factors/${factor.id}/activate`, body: { code } }])
    const now = (await app.sdk.users.factors.list({ id: user.id })).data
    assert.ok(now.some(({ type, state }) => type === 'totp' && state === 'active'))
  }
})

attack('rules are changed by whoever may, seen by whoever may, and on record', async (plain) => {
  const keeper = await demanding(plain, 1)
  await assertRefused(
    plain,
    { method: 'PATCH', path: '/v1/policy', body: { mfa: 'optional', reason: 'mine' } },
    { code: 'insufficient_scope' },
  )
  const { mfa, backups } = await plain.sdk.policy.get()
  assert.deepEqual({ mfa, backups }, { mfa: 'required', backups: 1 })
  const record = await plain.house.recordOf(() => keeper.sdk.policy.update({ mfa: 'optional', reason: 'a new law' }))
  assert.deepEqual(
    record.map(({ type, data }) => [type, data]),
    [
      [
        'policy.changed',
        { mfa: 'optional', backups: 1, mfa_before: 'required', backups_before: 1, reason: 'a new law' },
      ],
    ],
  )
  const user = await plain.createUser({ password })
  assert.equal((await plain.sdk.auth.login({ email: user.email, password })).status, 'authenticated')
  assert.equal((await plain.sdk.users.get({ id: user.id })).mfa_state, 'none')
})
