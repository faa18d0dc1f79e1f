import assert from 'node:assert/strict'
import type { Authenticated } from '@gatehouse/contract/resources'
import {
  type Answer,
  type App,
  asPerson,
  assertProblem,
  attack,
  attacksOn,
  codeOf,
  createGuardedUser,
  enrollPhone,
  password,
  unsigned,
} from './support.ts'

interface Asked {
  readonly method?: string
  readonly body?: Readonly<Record<string, unknown>>
  readonly code?: string | undefined
  readonly session?: string | undefined
}

/** One call of a person on their own account, without a client's signature. */
async function ask(app: App, token: string, path: string, { method, body, code, session }: Asked = {}) {
  return app.send({
    method: method ?? (body ? 'POST' : 'GET'),
    path,
    body: body && JSON.stringify(body),
    headers: {
      ...asPerson(token),
      ...(code !== undefined && { 'x-mfa-token': code }),
      ...(session !== undefined && { 'x-session-token': session }),
    },
  })
}

/** Somebody with an app, signed in by password and code. */
async function signIn(app: App) {
  const { user, phone } = await createGuardedUser(app)
  const { account, recoveryCodes } = phone
  const signedIn = await answerWith(app, user.email, () => codeOf(app, account))
  return { user, account, recoveryCodes, signedIn }
}

async function answerWith(app: App, email: string, code: () => string): Promise<Authenticated> {
  app.house.server.clock.advance('30s')
  const step = await app.sdk.auth.login({ email, password })
  assert.ok(step.status === 'mfa_required')
  return app.sdk.challenges.verify({ id: step.challenge.id, code: code() })
}

function sessionTokenOf(answer: Answer): string {
  const token = answer.headers['x-session-token']
  assert.ok(typeof token === 'string')
  return token
}

attack('135 a sensitive call with an old proof is told to prove again, and with a new one it passes', async (app) => {
  const { account, signedIn } = await signIn(app)
  const rename = (proof: Asked) =>
    ask(app, signedIn.access_token, '/v1/me', { method: 'PATCH', body: { name: 'Ada' }, ...proof })
  assert.equal((await rename({})).status, 200)
  app.house.server.clock.advance('301s')
  const stale = await rename({ session: signedIn.session_token })
  assertProblem(stale, 'mfa_stale')
  assert.equal(
    stale.headers['www-authenticate'],
    'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age=300',
  )
  assertProblem(await rename({ code: '000000' }), 'mfa_code_invalid')
  const code = codeOf(app, account)
  const fresh = await rename({ code })
  assert.equal(fresh.status, 200)
  assertProblem(await rename({ code }), 'totp_code_reused')
  assert.equal((await rename({ session: sessionTokenOf(fresh) })).status, 200)
})

attacksOn({ mfaWindowFailures: 3 })('135 failed proofs count like those of a sign-in, in one count', async (app) => {
  const { user, account, signedIn } = await signIn(app)
  const guess = (code: string) => ask(app, signedIn.access_token, '/v1/me', { code })
  for (const code of ['000000', '000001', '000002']) assertProblem(await guess(code), 'mfa_code_invalid')
  app.house.server.clock.advance('30s')
  assertProblem(await guess(codeOf(app, account)), 'too_many_attempts')
  const step = await app.sdk.auth.login({ email: user.email, password })
  assert.ok(step.status === 'mfa_required')
  await assert.rejects(app.sdk.challenges.verify({ id: step.challenge.id, code: codeOf(app, account) }), {
    code: 'too_many_attempts',
  })
})

attack(
  '122 the proof of a second factor ends an hour after its last use, and twelve hours after it was given',
  async (app) => {
    const { clock } = app.house.server
    const { account, signedIn } = await signIn(app)
    let { access_token, refresh_token } = signedIn
    clock.advance('30s')
    const session = sessionTokenOf(await ask(app, access_token, '/v1/me', { code: codeOf(app, account) }))
    const given = clock.now().getTime()
    const look = async () => (await ask(app, access_token, '/v1/me', { session })).status
    while (clock.now().getTime() - given < 12 * 3_600_000 - 3_540_000) {
      clock.advance('59m')
      const next = await app.sdk.auth.refresh({ refresh_token: refresh_token ?? '' })
      ;({ access_token, refresh_token } = next)
      assert.equal(await look(), 200)
    }
    clock.advance(12 * 3_600_000 - 1000 - (clock.now().getTime() - given))
    ;({ access_token, refresh_token } = await app.sdk.auth.refresh({ refresh_token: refresh_token ?? '' }))
    assert.equal(await look(), 200)
    clock.advance('1s')
    assert.equal(await look(), 401)

    const other = await ask(app, access_token, '/v1/me', { code: codeOf(app, account) })
    clock.advance('59m')
    ;({ access_token, refresh_token } = await app.sdk.auth.refresh({ refresh_token: refresh_token ?? '' }))
    clock.advance('60s')
    assertProblem(await ask(app, access_token, '/v1/me', { session: sessionTokenOf(other) }), 'mfa_required')
  },
)

attack(
  '136 factors, password, name and addresses: each change asks who has a factor for a fresh proof',
  async (app) => {
    const { signedIn } = await signIn(app)
    const { data } = (await ask(app, signedIn.access_token, '/v1/me/factors')).json as { data: { id: string }[] }
    app.house.server.clock.advance('301s')
    for (const [method, path, body] of [
      ['POST', '/v1/me/factors', { type: 'totp' }],
      ['DELETE', `/v1/me/factors/${data[0]?.id}`, undefined],
      [
        'POST',
        '/v1/me/password',
        { current_password: password, new_password: 'nine further words that nobody has said' },
      ],
      ['PATCH', '/v1/me', { name: 'Eve' }],
      ['POST', '/v1/me/email', { email: 'eve@example.test' }],
      ['POST', '/v1/me/phone', { phone_number: '+4915112345678' }],
    ] as const) {
      const answer = await ask(app, signedIn.access_token, path, { method, ...(body && { body }) })
      assertProblem(answer, 'mfa_stale')
    }
  },
)

attack('073 136 a session that began with a password alone is asked for the factor that is there now', async (app) => {
  const user = await app.createUser({ password })
  const step = await app.sdk.auth.login({ email: user.email, password })
  assert.ok(step.status === 'authenticated')
  const rename = (code?: string) =>
    ask(app, step.access_token, '/v1/me', { method: 'PATCH', body: { name: 'Ada' }, code })
  assert.equal((await rename()).status, 200)
  const { account } = await enrollPhone(app, user)
  assertProblem(await rename(), 'mfa_required')
  assert.equal((await rename(codeOf(app, account))).status, 200)
})

attack('115 a recovery code opens the way to a new factor and nothing else', async (app) => {
  const { user, recoveryCodes } = await signIn(app)
  const other = await app.createUser()
  const { access_token, refresh_token, session_token } = await answerWith(app, user.email, () => recoveryCodes[0] ?? '')
  assert.deepEqual([refresh_token, session_token], [undefined, undefined])
  for (const [method, path, body] of [
    ['GET', '/v1/me', undefined],
    ['GET', '/v1/me/factors', undefined],
    ['GET', '/v1/me/sessions', undefined],
    ['GET', '/v1/me/activity', undefined],
    ['PATCH', '/v1/me', { name: 'Eve' }],
    [
      'POST',
      '/v1/me/password',
      { current_password: password, new_password: 'nine further words that nobody has said' },
    ],
  ] as const) {
    assertProblem(await ask(app, access_token, path, { method, ...(body && { body }) }), 'recovery_only')
  }
  for (const path of ['/v1/users', `/v1/users/${user.id}`, `/v1/users/${other.id}`, '/v1/audit-events']) {
    assertProblem(await ask(app, access_token, path), 'signature_missing')
  }
  const enrolled = await ask(app, access_token, '/v1/me/factors', { body: { type: 'totp' } })
  assert.equal(enrolled.status, 201)
})

attack(
  'the classic form: a code is spent once and yields a token, which an application has checked with each request',
  async (app) => {
    const { account, signedIn } = await signIn(app)
    const { clock } = app.house.server
    const token = signedIn.access_token
    clock.advance('10m')
    const refusal = (input: Parameters<typeof app.sdk.tokens.validate>[0]) =>
      app.sdk.tokens.validate(input).then(
        () => assert.fail('accepted'),
        (error: { code: string }) => error.code,
      )
    assert.equal(await refusal({ token, require: { max_age_seconds: 300 } }), 'mfa_stale')
    const mfa_code = codeOf(app, account)
    const proven = await app.sdk.tokens.validate({ token, mfa_code, require: { max_age_seconds: 300 } })
    assert.equal(proven.mfa?.verified, true)
    const session_token = proven.mfa?.session_token
    assert.ok(session_token)
    assert.equal(await refusal({ token, mfa_code }), 'totp_code_reused')
    const later = await app.sdk.tokens.validate({ token, session_token, require: { mfa: true } })
    assert.equal(later.mfa?.verified_at, proven.mfa?.verified_at)
    assert.equal(await refusal({ token, session_token: `${session_token.slice(0, -1)}!` }), 'mfa_required')
    clock.advance('11m')
    assert.equal(await refusal({ token, session_token, require: { max_age_seconds: 600 } }), 'mfa_stale')

    const plain = await app.createUser({ password })
    const alone = await app.sdk.auth.login({ email: plain.email, password })
    assert.ok(alone.status === 'authenticated')
    assert.equal(await refusal({ token: alone.access_token, require: { mfa: true } }), 'mfa_required')
    assert.equal(await refusal({ token: alone.access_token, session_token }), 'mfa_required')
    assert.deepEqual((await app.sdk.tokens.validate({ token: alone.access_token })).mfa, { verified: false })
  },
)

attack('055 nothing but a live access token speaks for a person on their own account', async (app) => {
  const { user, signedIn, account } = await signIn(app)
  const step = await app.sdk.auth.login({ email: user.email, password })
  assert.ok(step.status === 'mfa_required')
  const { refresh_token = '', session_token = '', access_token, session_id } = signedIn
  for (const half of [refresh_token, session_token, session_id, step.challenge.id, codeOf(app, account), app.secret]) {
    assertProblem(await ask(app, half, '/v1/me'), 'token_invalid')
  }
  for (const authorization of ['', 'Bearer', 'Bearer ', `bearer ${access_token}`, `Basic ${access_token}`]) {
    const headers = { ...unsigned, authorization }
    assertProblem(await app.send({ path: '/v1/me', headers }), 'authentication_required')
  }
  assert.equal((await ask(app, access_token, '/v1/me')).status, 200)
  await app.sdk.auth.logout({ token: access_token })
  assertProblem(await ask(app, access_token, '/v1/me'), 'token_invalid')
})

attack('154 on their own account people reach nothing of anybody else', async (app) => {
  const mine = await signIn(app)
  const theirs = await signIn(app)
  const other = await ask(app, theirs.signedIn.access_token, '/v1/me/factors')
  const [factor] = (other.json as { data: { id: string }[] }).data
  const token = mine.signedIn.access_token
  for (const [method, path] of [
    ['DELETE', `/v1/me/factors/${factor?.id}`],
    ['DELETE', `/v1/me/sessions/${theirs.signedIn.session_id}`],
  ] as const) {
    assertProblem(await ask(app, token, path, { method }), 'not_found')
  }
  const activity = await ask(app, token, '/v1/me/activity')
  const { data } = activity.json as { data: { user_id: string }[] }
  assert.ok(data.length > 0)
  for (const event of data) assert.equal(event.user_id, mine.user.id)
  assert.equal((await ask(app, theirs.signedIn.access_token, '/v1/me')).status, 200)
})

attack('a new password of their own ends the other sessions of a person, and takes the old one', async (app) => {
  const { user, account, signedIn } = await signIn(app)
  const second = await answerWith(app, user.email, () => codeOf(app, account))
  const token = second.access_token
  const fresh = 'nine further words that nobody has said'
  const change = (current_password: string) =>
    ask(app, token, '/v1/me/password', { body: { current_password, new_password: fresh } })
  assertProblem(await change('wrong'), 'invalid_credentials')
  assert.equal((await change(password)).status, 200)
  assert.equal((await ask(app, token, '/v1/me')).status, 200)
  assertProblem(await ask(app, signedIn.access_token, '/v1/me'), 'token_invalid')
  await assert.rejects(app.sdk.auth.login({ email: user.email, password }), { code: 'invalid_credentials' })
})
