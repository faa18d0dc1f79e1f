import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { everyOperation } from '@gatehouse/contract/every-operation'
import {
  type Answer,
  type App,
  type Attempt,
  asPerson,
  assertRefused,
  attacksOn,
  codeOf,
  createGuardedUser,
  enrollPhone,
  openChallenge,
  type Person,
  password,
  signIn,
  verifyAttempt,
} from './support.ts'

const attack = attacksOn({ loginLockFailures: 5, loginHardFailures: 100 })

let sources = 0
/** A sign-in, from a source that has not been seen. */
function login(email: string, secret: string, endUser: object = {}): Attempt {
  const ip = `198.51.${sources >> 8}.${sources++ & 255}`
  return { path: '/v1/auth/login', body: { email, password: secret, end_user: { ip, ...endUser } } }
}

const wrong = 'wrong password here'
const refusedAsWrong = { code: 'invalid_credentials', event: 'login.failed', reason: 'wrong_password' } as const
const locked = { code: 'too_many_attempts', event: 'login.failed', reason: 'locked', secrets: [password] } as const

/** Four wrong passwords, each refused as such, and the fifth, which locks. */
async function lock(app: App, email: string, reason = 'wrong_password'): Promise<void> {
  for (let index = 0; index < 4; index++) await assertRefused(app, login(email, wrong), { ...refusedAsWrong, reason })
  const record = await app.house.recordOf(() => app.send(login(email, wrong)))
  assert.deepEqual(record.map(({ type }) => type).toSorted(), ['login.failed', 'user.locked'])
}

const look = ({ status, json, headers }: Answer) => [
  status,
  { ...json, request_id: '' },
  headers['retry-after'],
  Object.keys(headers).toSorted(),
]

attack(
  '042 after five wrong passwords the right one from a fresh source gets the answer of a wrong one',
  async (app) => {
    const user = await app.createUser({ password })
    const unknown = `${randomUUID()}@example.test`
    await lock(app, user.email)
    await lock(app, unknown, 'unknown_user')
    const answers = [
      await assertRefused(app, login(user.email, wrong), locked),
      await assertRefused(app, login(user.email, password), locked),
      await assertRefused(app, login(unknown, password), locked),
    ]
    for (const answer of answers) assert.deepEqual(look(answer), look(answers[0]!))
    assert.equal(answers[0]?.headers['retry-after'], '1800')
    // Whoever is beside it is not touched.
    await signIn(app, await app.createUser({ password }))
  },
)

attack('043 a lock ends after 30 minutes, however often it was knocked at, and the count begins anew', async (app) => {
  const { clock } = app.house.server
  const user = await app.createUser({ password })
  await lock(app, user.email)
  clock.advance('29m')
  for (let index = 0; index < 8; index++) await assertRefused(app, login(user.email, wrong), locked)
  clock.advance('59s')
  const last = await assertRefused(app, login(user.email, password), locked)
  assert.equal(last.headers['retry-after'], '1')
  clock.advance('1s')
  await signIn(app, user)
  for (let index = 0; index < 4; index++) await assertRefused(app, login(user.email, wrong), refusedAsWrong)
  await signIn(app, user)
  await lock(app, user.email)
  clock.advance('30m')
  await lock(app, user.email)
})

/** As one may write an account whose name is `kim.o'hara…@example.test`. */
const spellings: readonly ((email: string) => string)[] = [
  (email) => email.toUpperCase(),
  (email) => email.replace('k', '\u212a'),
  (email) => email.replace('k', '\uff4b'),
  (email) => email.replace('@example', '@EXAMPLE'),
  (email) => email.replace('example', '\uff45xample'),
  (email) => email.replace('é', 'e\u0301'),
  (email) => email.replace('é', 'É'),
]

attack('044 every spelling of an account is one count', async (app) => {
  for (const isKnown of [true, false]) {
    const email = `ké.${randomUUID()}@example.test`
    if (isKnown) await app.createUser({ email, password })
    const reason = isKnown ? 'wrong_password' : 'unknown_user'
    for (const spell of spellings.slice(0, 4)) {
      await assertRefused(app, login(spell(email), wrong), { ...refusedAsWrong, reason })
    }
    const record = await app.house.recordOf(() => app.send(login(spellings[4]!(email), wrong)))
    assert.equal(record.filter(({ type }) => type === 'user.locked').length, 1)
    for (const spell of [...spellings, (same: string) => same]) {
      await assertRefused(app, login(spell(email), password), locked)
    }
    // What is no spelling of it is no address, or another account.
    for (const text of [` ${email}`, `${email} `, `${email}\u200b`, `${email}.`, `${email}\n`]) {
      const { status } = await app.send(login(text, password))
      assert.ok(status === 400 || status === 429, `${JSON.stringify(text)}: ${status}`)
    }
    const other = email.replace('.', '')
    await assertRefused(app, login(other, wrong), { ...refusedAsWrong, reason: 'unknown_user' })
  }
})

attack('045 while an account is locked there is no way in by its password', async (app) => {
  const user = await app.createUser({ password })
  await lock(app, user.email)
  const basic = `Basic ${Buffer.from(`${user.email}:${password}`).toString('base64')}`
  await assertRefused(app, { ...login(user.email, password), headers: { authorization: basic } }, locked)
  for (const path of ['/v1/users', `/v1/users/${user.id}`]) {
    const headers = { authorization: basic, 'x-signature': undefined }
    await assertRefused(app, { path, headers }, { code: 'signature_missing', secrets: [basic] })
  }
  for (const path of ['/v1/auth/token', '/login']) {
    const { status } = await app.send({ path, body: { email: user.email, password, grant_type: 'password' } })
    assert.equal(status, 404, path)
  }
  // RFC 9700 has done away with the grant that takes a password.
  const grant = new URLSearchParams({ grant_type: 'password', username: user.email, password })
  const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: basic }
  for (const by of [`Basic ${Buffer.from(`${app.slug}:${app.secret}`).toString('base64')}`, basic]) {
    const asked = { path: '/oauth/token', body: `${grant}`, headers: { ...headers, authorization: by } }
    const { status, text } = await app.send(asked)
    assert.ok(status === 400 || status === 401, `${status} ${text}`)
    assert.doesNotMatch(text, /access_token/)
  }
  const asRefresh = { path: '/v1/auth/refresh', body: { email: user.email, password, refresh_token: password } }
  assert.equal((await app.send(asRefresh)).json?.['code'], 'unknown_parameter')
  for (const more of [{ grant_type: 'password' }, { device_token: 'dvt_x' }, { mfa_code: '0' }]) {
    const body = { email: user.email, password, ...more }
    const { status, json } = await app.send({ path: '/v1/auth/login', body })
    assert.deepEqual([status, json?.['code']], [400, 'unknown_parameter'])
  }
  await assertRefused(
    app,
    { path: '/v1/auth/login', body: { email: user.email, password, captcha_token: 'x' } },
    locked,
  )
  const stranger = { ip: '192.0.2.1', device_token: `dvt_${'0'.repeat(49)}` }
  await assertRefused(app, login(user.email, password, stranger), locked)
})

attack('045 a password is asked for at a sign-in and at its change, and set by a mail', async () => {
  // Whoever adds another has to count there as well, and to say so here.
  const taking = everyOperation.filter(({ input }) =>
    Object.keys(input.shape).some((name) => name.endsWith('password')),
  )
  assert.deepEqual(
    taking.map(({ id }) => id).toSorted(),
    // Users are given one by applications; hardware tokens come in a container that has one.
    [
      'changeMyPassword',
      'completeRegistration',
      'createUser',
      'importHardwareTokens',
      'login',
      'resetPassword',
      'signInAdministrator',
      'updateUser',
    ],
  )
})

/** A new password, by a person with a token. */
function change(token: string, current_password: string): Attempt {
  const body = JSON.stringify({ current_password, new_password: `${password} anew` })
  return { path: '/v1/me/password', body, headers: asPerson(token) }
}

attack('045 047 the old password is guessed five times in a session, whatever the lock of sign-ins', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  const { token } = await rememberDevice(app, user, codeOf(app, phone.account))
  for (let guess = 0; guess < 5; guess++) await assertRefused(app, change(token, wrong), refusedAsWrong)
  const secrets = [password, token]
  const answer = await assertRefused(app, change(token, password), { ...locked, secrets })
  assert.equal(answer.headers['retry-after'], '1800')
  // Nor has it locked the owner out, and what a stranger locks does not keep the owner from a new password.
  const other = await rememberDevice(app, user, codeOf(app, phone.account, 1))
  await lock(app, user.email)
  assert.equal((await app.send(change(other.token, password))).status, 200)
  await assertRefused(app, login(user.email, `${password} anew`), locked)
})

attack('042 047 a stranger who locks a name does not end the sign-in that its owner is in', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  const challenge = await openChallenge(app, user)
  await lock(app, user.email)
  assert.equal((await app.send(verifyAttempt(challenge, codeOf(app, phone.account)))).status, 200)
})

attack('046 a lock that a person has lifted is gone at once, and the record says who and why', async (app) => {
  const user = await app.createUser({ password })
  await lock(app, user.email)
  const path = `/v1/users/${user.id}/unlock`
  await assertRefused(app, { path, body: {} }, { code: 'invalid_request' })
  const stranger = await app.house.newApp({ scopes: ['auth', 'users:read'] })
  const body = { reason: 'x' }
  await assertRefused(app, { by: stranger, path, body }, { code: 'insufficient_scope', secrets: [stranger.secret] })
  const foreigner = await app.house.newApp({ tenant: 'default' })
  await assertRefused(app, { by: foreigner, path, body }, { code: 'not_found', secrets: [foreigner.secret] })
  await assertRefused(app, login(user.email, password), locked)

  const record = await app.house.recordOf(() => app.sdk.users.unlock({ id: user.id, reason: 'called the help desk' }))
  assert.deepEqual(
    record.map(({ type, actor, user_id, data }) => [type, actor, user_id, data['reason']]),
    [['user.unlocked', `client:${app.slug}`, user.id, 'called the help desk']],
  )
  await signIn(app, user)
})

const asking = attacksOn({ loginLockFailures: 5, loginCaptcha: 'risk', captchaNameFailures: 3 })

asking('046 whoever was unlocked is not asked for a captcha either', async (app) => {
  const user = await app.createUser({ password })
  for (let index = 0; index < 3; index++) await app.send(login(user.email, wrong))
  assert.equal((await app.send(login(user.email, password))).json?.['code'], 'captcha_required')
  await app.sdk.users.unlock({ id: user.id, reason: 'called the help desk' })
  await signIn(app, user)
})

/** A device that its owner has proven, and the session that it did so with. */
async function rememberDevice(app: App, user: Person, code: string) {
  const id = await openChallenge(app, user)
  const answer = await app.send({ path: `/v1/challenges/${id}/verify`, body: { code, remember_device: true } })
  assert.equal(answer.status, 200, answer.text)
  return { device_token: String(answer.json?.['device_token']), token: String(answer.json?.['access_token']) }
}

attack(
  '047 an owner whom a stranger has locked out is still in, on a device and in a session of theirs',
  async (app) => {
    const { user, phone } = await createGuardedUser(app)
    const { device_token, token } = await rememberDevice(app, user, codeOf(app, phone.account))
    await lock(app, user.email)
    await assertRefused(app, login(user.email, password), locked)
    assert.equal((await app.sdk.tokens.validate({ token })).active, true)
    const answer = await app.send(login(user.email, password, { device_token }))
    assert.equal(answer.json?.['status'], 'mfa_required', answer.text)
    const challenge = answer.json?.['challenge'] as { id: string } | undefined
    assert.equal((await app.send(verifyAttempt(challenge?.id ?? '', codeOf(app, phone.account, 1)))).status, 200)
    // The stranger is out as before, and so is another user's device.
    await assertRefused(app, login(user.email, password), locked)
    const other = await app.createUser({ password })
    const theirs = await rememberDevice(app, other, codeOf(app, (await enrollPhone(app, other)).account))
    await assertRefused(app, login(user.email, password, { device_token: theirs.device_token }), locked)
  },
)

const busy = attacksOn({ loginLockFailures: 5, rateAuthPerMinute: 10 })

busy('047 a stranger who keeps knocking does not use up what the owner may do', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  const { device_token } = await rememberDevice(app, user, codeOf(app, phone.account))
  const statuses: number[] = []
  for (let index = 0; index < 30; index++) {
    const bogus = index % 2 === 0 ? {} : { device_token: `dvt_${String(index).padStart(49, '0')}` }
    statuses.push((await app.send(login(user.email, wrong, bogus))).status)
  }
  assert.equal(statuses.filter((status) => status === 401).length, 5)
  const answer = await app.send(login(user.email, password, { device_token }))
  assert.equal(answer.json?.['status'], 'mfa_required', answer.text)
})
