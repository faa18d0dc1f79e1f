import assert from 'node:assert/strict'
import type { Authenticated } from '@gatehouse/contract/resources'
import {
  type App,
  asPerson,
  assertProblem,
  assertRefused,
  attack,
  codeOf,
  createGuardedUser,
  enrollPhone,
  openChallenge,
  password,
  phone,
  sendTogether,
  verifyAttempt,
} from './support.ts'

const wrong = { code: 'mfa_code_invalid', event: 'factor.rejected', reason: 'mismatch' } as const

/** Enrols a new app by a token that is good for nothing else. */
async function enrollAs(app: App, token: string) {
  const headers = asPerson(token)
  const enrolled = await app.send({ path: '/v1/me/factors', body: '{"type":"totp"}', headers })
  assert.equal(enrolled.status, 201, enrolled.text)
  const { factor, enrollment } = enrolled.json as { factor: { id: string }; enrollment: { uri: string } }
  const account = phone.scan(enrollment.uri)
  const body = JSON.stringify({ code: codeOf(app, account) })
  const activated = await app.send({ path: `/v1/me/factors/${factor.id}/activate`, body, headers })
  assert.equal(activated.status, 200, activated.text)
  return { account, activated: activated.json as { recovery_codes?: string[]; recovery_set?: { id: string } } }
}

attack(
  '113 after a code was used a new factor brings a new set, and the old one is good until that is acknowledged',
  async (app) => {
    const { user, phone: lost } = await createGuardedUser(app)
    const { clock } = app.house.server
    clock.advance('1m')
    const inside = await app.send(verifyAttempt(await openChallenge(app, user), lost.recoveryCodes[0]))
    assert.deepEqual(inside.json?.['recovery'], { codes_left: 9 })
    const token = String(inside.json?.['access_token'])
    const { activated } = await enrollAs(app, token)
    const { recovery_codes: fresh = [], recovery_set: set } = activated
    assert.equal(fresh.length, 10)
    assert.ok(set)
    const states = async () =>
      (await app.sdk.users.factors.list({ id: user.id })).data
        .filter(({ type }) => type === 'recovery_codes')
        .map(({ state }) => state)
    assert.deepEqual((await states()).toSorted(), ['active', 'pending'])
    // The new ones are worth nothing yet, and the old ones everything.
    await assertRefused(app, verifyAttempt(await openChallenge(app, user), fresh[0]), { ...wrong, secrets: fresh })
    assert.equal((await app.send(verifyAttempt(await openChallenge(app, user), lost.recoveryCodes[1]))).status, 200)
    const acknowledged = await app.send({
      path: `/v1/me/factors/${set.id}/activate`,
      body: JSON.stringify({ code: fresh[3] }),
      headers: asPerson(token),
    })
    assert.equal(acknowledged.status, 200, acknowledged.text)
    assert.deepEqual(await states(), ['active'])
    await assertRefused(app, verifyAttempt(await openChallenge(app, user), lost.recoveryCodes[2]), wrong)
    // No code of the new set has let anybody in: another factor brings no other set.
    clock.advance('1m')
    assert.deepEqual((await enrollPhone(app, user)).recoveryCodes, [])
  },
)

attack('a pass lets its holder in with the password, once, to set up a factor and nothing else', async (app) => {
  const { user, phone: lost } = await createGuardedUser(app)
  const { code, factor } = await app.sdk.users.accessPass({ id: user.id, reason: 'phone in the sea' })
  assert.match(code, /^([0-9a-hjkmnp-tv-z]{4}-){5}[0-9a-hjkmnp-tv-z]{4}$/)
  assert.deepEqual([factor.type, factor.state], ['access_pass', 'active'])
  const { data: record } = await app.sdk.auditEvents.listPage({ user_id: user.id })
  assert.ok(!JSON.stringify(record).includes(code) && record.some(({ type }) => type === 'access_pass.issued'))

  const challenges = await Promise.all(Array.from({ length: 5 }, () => openChallenge(app, user)))
  const answers = await sendTogether(
    app,
    challenges.map((id) => verifyAttempt(id, code.toUpperCase())),
  )
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 401, 401, 401, 401])
  const { access_token, refresh_token, session_token } = answers.find(({ status }) => status === 200)!
    .json as unknown as Authenticated
  assert.deepEqual([refresh_token, session_token], [undefined, undefined])
  assertProblem(await app.send({ path: '/v1/me', headers: asPerson(access_token) }), 'recovery_only')
  await assertRefused(app, verifyAttempt(await openChallenge(app, user), code), { ...wrong, secrets: [code] })

  const { account } = await enrollAs(app, access_token)
  app.house.server.clock.advance('30s')
  assert.equal((await app.send(verifyAttempt(await openChallenge(app, user), codeOf(app, account)))).status, 200)
  assert.equal(
    (await app.sdk.users.factors.list({ id: user.id })).data.some(({ id }) => id === lost.factorId),
    true,
  )
})

attack('a pass that is over, revoked or replaced is worth nothing, and is no proof of a second factor', async (app) => {
  const { user, phone: own } = await createGuardedUser(app)
  const issue = (lifetime_seconds?: number) =>
    app.sdk.users.accessPass({ id: user.id, reason: 'lost', lifetime_seconds })
  const first = await issue()
  const second = await issue()
  await assertRefused(app, verifyAttempt(await openChallenge(app, user), first.code), wrong)
  await app.sdk.factors.remove({ id: second.factor.id })
  await assertRefused(app, verifyAttempt(await openChallenge(app, user), second.code), wrong)
  const short = await issue(60)
  app.house.server.clock.advance('60s')
  await assertRefused(app, verifyAttempt(await openChallenge(app, user), short.code), wrong)

  const { code } = await issue()
  const signedIn = await app.send(verifyAttempt(await openChallenge(app, user), codeOf(app, own.account)))
  const stepUp = { ...asPerson(String(signedIn.json?.['access_token'])), 'x-mfa-token': code }
  assertProblem(await app.send({ path: '/v1/me', headers: stepUp }), 'mfa_code_invalid')
  const enroll = { path: `/v1/users/${user.id}/factors`, body: { type: 'access_pass' } }
  await assertRefused(app, enroll, { code: 'invalid_request' })
  const asked = { path: `/v1/users/${user.id}/challenges`, body: { purpose: 'verify', factor_types: ['access_pass'] } }
  await assertRefused(app, asked, { code: 'invalid_request' })
})

attack(
  '156 a reset takes every factor and session, says so at all addresses, and is on record with its reason',
  async (app) => {
    const { user, phone: lost } = await createGuardedUser(app)
    const { server } = app.house
    server.clock.advance('30s')
    const signedIn = await app.send(verifyAttempt(await openChallenge(app, user), codeOf(app, lost.account)))
    const token = String(signedIn.json?.['access_token'])
    await server.outbox.clear()
    const record = await app.house.recordOf(() => app.sdk.users.resetMfa({ id: user.id, reason: 'phone in the sea' }))
    assert.deepEqual(
      record.map(({ type, data }) => [type, data['reason']]),
      [
        ['user.mfa_reset', 'phone in the sea'],
        ['session.revoked', 'mfa_reset'],
      ],
    )
    assert.deepEqual((await app.sdk.users.factors.list({ id: user.id })).data, [])
    assert.equal((await app.sdk.tokens.validate({ token })).active, false)
    const mails = (await server.outbox.all()).map(({ to, kind }) => `${to} ${kind}`)
    assert.deepEqual(mails, [`${user.email} mfa_reset`])

    // A pass that is given after it is asked for beside the password: who only knows that does not get in.
    const { code } = await app.sdk.users.accessPass({ id: user.id, reason: 'seen their passport' })
    const answer = await app.sdk.auth.login({ email: user.email, password })
    assert.ok(answer.status === 'mfa_required')
    assert.deepEqual(
      answer.challenge.factors.map(({ type }) => type),
      ['access_pass'],
    )
    const inside = await app.sdk.challenges.verify({ id: answer.challenge.id, code })
    assert.ok(inside.status === 'authenticated')
    await enrollAs(app, inside.access_token)
    for (const path of [`/v1/users/${user.id}/reset-mfa`, '/v1/users/usr_00000000000000000000000000/access-pass']) {
      const headers = asPerson(inside.access_token)
      assertProblem(await app.send({ path, body: '{"reason":"x"}', headers }), 'signature_missing')
    }
  },
)

attack(
  'a factor is renamed by its owner and by applications, and nobody renames that of somebody else',
  async (app) => {
    const { user, phone: own } = await createGuardedUser(app)
    app.house.server.clock.advance('30s')
    const signedIn = await app.send(verifyAttempt(await openChallenge(app, user), codeOf(app, own.account)))
    const headers = asPerson(String(signedIn.json?.['access_token']))
    const rename = (id: string) =>
      app.send({ method: 'PATCH', path: `/v1/me/factors/${id}`, body: '{"label":"old phone"}', headers })
    const { phone: foreign } = await createGuardedUser(app)
    assertProblem(await rename(foreign.factorId), 'not_found')
    assert.equal((await rename(own.factorId)).status, 200)
    const labelOf = async () =>
      (await app.sdk.users.factors.list({ id: user.id })).data.find(({ id }) => id === own.factorId)?.label
    assert.equal(await labelOf(), 'old phone')
    await app.sdk.factors.update({ id: own.factorId, label: null })
    assert.equal(await labelOf(), null)
    app.house.server.clock.advance('30s')
    assert.equal((await app.send(verifyAttempt(await openChallenge(app, user), codeOf(app, own.account)))).status, 200)
  },
)
