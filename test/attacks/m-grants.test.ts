import assert from 'node:assert/strict'
import type { Action } from '@gatehouse/contract/action'
import type { Authenticated, Verified } from '@gatehouse/contract/resources'
import { virtualPushDevice } from '@gatehouse/testing/virtual-push-device'
import {
  type Answer,
  type App,
  assertProblem,
  attack,
  codeOf,
  createGuardedUser,
  type Enrolled,
  lastCode,
  type Person,
  password,
  sendTogether,
} from './support.ts'

const payout = { type: 'payout', method: 'POST', resource: '/payouts/7', amount: '120.00', currency: 'EUR' }
const freshProof = 'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age=300'

interface SignedIn {
  readonly user: Person
  readonly phone: Enrolled
  readonly session: Authenticated
}

/** Somebody with an app, signed in some while ago. */
async function signIn(app: App, known?: Omit<SignedIn, 'session'>): Promise<SignedIn> {
  const { user, phone } = known ?? (await createGuardedUser(app))
  app.house.server.clock.advance('30s')
  const step = await app.sdk.auth.login({ email: user.email, password })
  assert.ok(step.status === 'mfa_required')
  const session = await app.sdk.challenges.verify({ id: step.challenge.id, code: codeOf(app, phone.account) })
  app.house.server.clock.advance('10m')
  return { user, phone, session }
}

/** The person lets `action` happen, in their session unless it is left open in which. */
async function approve(app: App, { user, phone, session }: SignedIn, action?: Action, anySession?: true) {
  app.house.server.clock.advance('30s')
  const asked = { ...(action && { action }), ...(!anySession && { session_id: session.session_id }) }
  const challenge = await app.sdk.users.challenges.create({ id: user.id, purpose: 'step_up', ...asked })
  return app.sdk.challenges.verify<'step_up'>({ id: challenge.id, code: codeOf(app, phone.account) })
}

function grantOf({ grant }: Verified): string {
  return grant ?? assert.fail('there is no grant')
}

/** What an application asks when somebody calls it. */
function use(app: App, token: string, grant: string | undefined, action: Readonly<Record<string, unknown>> = payout) {
  return app.send({ path: '/v1/tokens/validate', body: { token, ...(grant && { grant }), require: { action } } })
}

function assertRefusedGrant(answer: Answer): void {
  assertProblem(answer, 'grant_invalid')
  assert.equal(answer.headers['www-authenticate'], freshProof)
}

attack('135 what is not approved is answered as RFC 9470 says, and what is approved passes', async (app) => {
  const person = await signIn(app)
  const token = person.session.access_token
  const asked = await use(app, token, undefined)
  assertProblem(asked, 'mfa_required')
  assert.equal(asked.headers['www-authenticate'], freshProof)
  const verified = await approve(app, person, payout)
  assert.deepEqual(verified.action, payout)
  assert.equal(Date.parse(verified.grant_expires_at ?? '') - app.house.server.clock.now().getTime(), 300_000)
  const record = await app.house.recordOf(async () => {
    const passed = await use(app, token, grantOf(verified))
    assert.equal(passed.status, 200, passed.text)
    assert.deepEqual(passed.json?.['approval'], {
      challenge_id: verified.challenge_id,
      action: payout,
      approved_at: app.house.server.clock.now().toISOString(),
    })
  })
  assert.deepEqual(
    record.map(({ type, data }) => [type, data['action']]),
    [['grant.spent', 'payout']],
  )
  // Neither the grant nor who is paid how much.
  for (const text of [grantOf(verified), '120.00', '/payouts/7']) assert.ok(!JSON.stringify(record).includes(text))
})

attack('137 a grant is refused the second time, and for anything but the action that was approved', async (app) => {
  const person = await signIn(app)
  const token = person.session.access_token
  const grant = grantOf(await approve(app, person, payout))
  const others = [
    { ...payout, resource: '/payouts/8' },
    { ...payout, method: 'DELETE' },
    { ...payout, type: 'refund' },
    { ...payout, amount: '1200.00' },
    { ...payout, amount: 120 },
    { ...payout, note: 'more' },
    { type: 'payout' },
  ]
  for (const action of others) assertRefusedGrant(await use(app, token, grant, action))
  for (const text of [`${grant}0`, grant.toLowerCase(), ` ${grant}`, 'grt_', app.secret, token]) {
    assertProblem(await use(app, token, text.slice(0, 256)), 'grant_invalid')
  }
  // The order of fields is not part of an action.
  const turned = Object.fromEntries(Object.entries(payout).toReversed())
  assert.equal((await use(app, token, grant, turned)).status, 200)
  assertRefusedGrant(await use(app, token, grant))
  const unsaid = await app.send({ path: '/v1/tokens/validate', body: { token, grant } })
  assertProblem(unsaid, 'invalid_request')
})

attack('137 a grant is refused after 300 seconds', async (app) => {
  const person = await signIn(app)
  const token = person.session.access_token
  const [early, late] = [grantOf(await approve(app, person, payout)), grantOf(await approve(app, person, payout))]
  app.house.server.clock.advance('299s')
  assertRefusedGrant(await use(app, token, early))
  assert.equal((await use(app, token, late)).status, 200)
  const last = grantOf(await approve(app, person, payout))
  app.house.server.clock.advance('300s')
  assertRefusedGrant(await use(app, token, last))
})

attack('137 a grant is refused in another session, to another person, client and tenant', async (app) => {
  const person = await signIn(app)
  const elsewhere = await signIn(app, person)
  const stranger = await signIn(app)
  // With their own users, each of whom is live at that client.
  const [other, abroad] = [await app.house.newApp(), await app.house.newApp({ tenant: 'default' })]
  const theirs = [
    { by: other, token: (await signIn(other)).session.access_token },
    { by: abroad, token: (await signIn(abroad)).session.access_token },
    { by: app, token: stranger.session.access_token },
  ]
  const [grant, open] = [grantOf(await approve(app, person, payout)), grantOf(await approve(app, person, payout, true))]
  assertRefusedGrant(await use(app, elsewhere.session.access_token, grant))
  for (const { by, token } of theirs) {
    assertRefusedGrant(await use(by, token, grant))
    assertRefusedGrant(await use(by, token, open))
  }
  for (const { sdk } of [other, abroad]) {
    const asked = { id: person.user.id, action: payout, session_id: person.session.session_id }
    await assert.rejects(sdk.users.challenges.create({ ...asked, purpose: 'step_up' }), { code: 'not_found' })
  }
  // Where no session was named, any of theirs will do.
  assert.equal((await use(app, elsewhere.session.access_token, open)).status, 200)
  assert.equal((await use(app, person.session.access_token, grant)).status, 200)
})

attack(
  '137 a grant ends with its session, and with every change of the password, the role or the factors',
  async (app) => {
    const person = await signIn(app)
    const token = person.session.access_token
    const byRole = grantOf(await approve(app, person, payout))
    await app.sdk.users.update({ id: person.user.id, role: 'clerk' })
    assertRefusedGrant(await use(app, token, byRole))

    const byFactor = grantOf(await approve(app, person, payout))
    const started = await app.sdk.users.challenges.create({ id: person.user.id, purpose: 'step_up', action: payout })
    const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: person.user.id, type: 'email' })
    assert.ok(enrollment)
    await app.sdk.factors.activate({ id: factor.id, code: await lastCode(app, person.user.email) })
    assertRefusedGrant(await use(app, token, byFactor))
    app.house.server.clock.advance('30s')
    await assert.rejects(app.sdk.challenges.verify({ id: started.id, code: codeOf(app, person.phone.account) }), {
      code: 'challenge_expired',
    })

    const bySession = grantOf(await approve(app, person, payout))
    await app.sdk.auth.logout({ token })
    const ended = await use(app, token, bySession)
    assert.deepEqual(ended.json, { active: false, reason: 'revoked' })
    await assert.rejects(approve(app, person, payout), { code: 'not_found' })
  },
)

attack('140 a clock that is set back makes no grant last longer', async (app) => {
  const { clock } = app.house.server
  const person = await signIn(app)
  const token = person.session.access_token
  const grant = grantOf(await approve(app, person, payout))
  const given = clock.now().getTime()
  clock.advance('250s')
  clock.set(new Date(given + 50_000))
  clock.advance('49s')
  const other = grantOf(await approve(app, person, { ...payout, resource: '/payouts/9' }))
  clock.advance('30s')
  // 359 seconds have passed, and the clock shows 159.
  assertRefusedGrant(await use(app, token, grant))
  clock.set(new Date(given - 1000))
  assertRefusedGrant(await use(app, token, other, { ...payout, resource: '/payouts/9' }))
})

attack('197 of a hundred who come with one grant at once, one may act', async (app) => {
  const person = await signIn(app)
  for (let round = 0; round < 3; round++) {
    const grant = grantOf(await approve(app, person, payout))
    const body = { token: person.session.access_token, grant, require: { action: payout } }
    const answers = await sendTogether(
      app,
      Array.from({ length: 100 }, () => ({ path: '/v1/tokens/validate', body })),
    )
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    for (const answer of answers) if (answer.status !== 200) assertRefusedGrant(answer)
  }
})

attack('a step-up without an action proves its session anew, and an approval proves nothing else', async (app) => {
  const person = await signIn(app)
  const token = person.session.access_token
  const look = (session_token?: string) =>
    app.send({
      path: '/v1/tokens/validate',
      body: { token, ...(session_token && { session_token }), require: { max_age_seconds: 300 } },
    })
  const approved = await approve(app, person, payout)
  assert.equal(approved.session_token, undefined)
  assertProblem(await look(), 'mfa_stale')
  const proven = await approve(app, person)
  assert.equal(proven.grant, undefined)
  assert.equal((await look(proven.session_token)).status, 200)
  const path = `/v1/users/${person.user.id}/challenges`
  const session_id = person.session.session_id
  for (const body of [{ purpose: 'step_up' }, { purpose: 'verify', session_id }]) {
    assertProblem(await app.send({ path, body }), 'invalid_request')
  }
})

attack('an approval on a device shows the action there, and gives the grant to who asked', async (app) => {
  const person = await signIn(app)
  const { url, clock } = app.house.server
  const device = virtualPushDevice({ url, now: clock.now })
  const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: person.user.id, type: 'push' })
  await app.sdk.factors.activate({ id: factor.id, code: await device.pair(enrollment.pairing_code) })
  const session_id = person.session.session_id
  const asked = { id: person.user.id, purpose: 'step_up', session_id } as const
  for (const action of [payout, undefined]) {
    clock.advance('61s')
    const { id } = await app.sdk.users.challenges.create({ ...asked, ...(action && { action }) })
    const { number = '' } = await app.sdk.challenges.send({ id, factor_id: factor.id })
    const request = (await device.requests()).at(-1)
    assert.deepEqual(request?.action, action ?? null)
    assert.equal((await device.approve(request?.id ?? '', number)).status, 200)
    const verified = await app.sdk.challenges.verify<'step_up'>({ id })
    const { grant, session_token } = verified
    assert.deepEqual([grant !== undefined, session_token !== undefined], [action !== undefined, action === undefined])
    const token = person.session.access_token
    if (grant) assert.equal((await use(app, token, grant)).status, 200)
    else await app.sdk.tokens.validate({ token, session_token, require: { max_age_seconds: 300 } })
  }
})

attack('a recovery code approves nothing, and who came in by one cannot step up', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  const [code = ''] = phone.recoveryCodes
  const path = `/v1/users/${user.id}/challenges`
  const body = { purpose: 'step_up', action: payout, factor_types: ['recovery_codes'] }
  assertProblem(await app.send({ path, body }), 'factor_required')
  const { id } = await app.sdk.users.challenges.create({ id: user.id, purpose: 'step_up', action: payout })
  await assert.rejects(app.sdk.challenges.verify({ id, code }), { code: 'mfa_code_invalid' })
  const step = await app.sdk.auth.login({ email: user.email, password })
  assert.ok(step.status === 'mfa_required')
  const session = await app.sdk.challenges.verify({ id: step.challenge.id, code })
  const inSession = { purpose: 'step_up', session_id: session.session_id }
  assertProblem(await app.send({ path, body: inSession }), 'recovery_only')
})

attack('a message says what its code approves, and an action can hide nothing', async (app) => {
  const user = await app.createUser({ password })
  const { factor } = await app.sdk.users.factors.enroll({ id: user.id, type: 'email' })
  await app.sdk.factors.activate({ id: factor.id, code: await lastCode(app, user.email) })
  app.house.server.clock.advance('30s')
  const action = { type: 'payout', amount: '1200.50', currency: 'EUR', to: 'evil.example/pay' }
  const challenge = await app.sdk.users.challenges.create({ id: user.id, purpose: 'step_up', action })
  await app.sdk.challenges.send({ id: challenge.id, factor_id: factor.id })
  const [message] = (await app.house.server.outbox.all()).filter(({ kind }) => kind === 'approval_code')
  assert.match(message?.text ?? '', /payout: amount 1200\.50, currency EUR, to evil example pay/)
  const code = message?.values['code'] ?? ''
  assert.ok((await app.sdk.challenges.verify<'step_up'>({ id: challenge.id, code })).grant)

  const path = `/v1/users/${user.id}/challenges`
  for (const hidden of [
    'pay',
    { type: '' },
    { amount: 1 },
    { type: 'payout', to: 'a\nb' },
    { type: 'payout', to: 'abc\u202edef' },
    { type: 'payout', to: 'a\u200bb' },
    { type: 'payout', to: { iban: 'DE' } },
    { type: 'payout', to: null },
    { type: 'payout', To: 'a' },
    { type: 'payout', __proto: 'a' },
    { type: 'payout', to: 'x'.repeat(201) },
    { type: 'payout', ...Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`f${index}`, 1])) },
  ]) {
    assertProblem(await app.send({ path, body: { purpose: 'step_up', action: hidden } }), 'invalid_request')
  }
})
