import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { everyOperation } from '@gatehouse/contract/every-operation'
import { pathParameters } from '@gatehouse/contract/operation'
import {
  type App,
  assertInactive,
  assertProblem,
  assertRefused,
  attack,
  codeOf,
  createGuardedUser,
  enrollPhone,
  openChallenge,
  password,
  phone,
  signIn,
  verifyAttempt,
} from './support.ts'

const all = everyOperation.filter(({ caller }) => caller === 'client')

/** Everything that somebody holds who has come half the way, by name. */
async function gatherHalves(app: App) {
  const { user, phone: own } = await createGuardedUser(app)
  const first = await openChallenge(app, user)
  app.house.server.clock.advance('30s')
  const device = await app.send({
    path: `/v1/challenges/${first}/verify`,
    body: { code: codeOf(app, own.account), remember_device: true },
  })
  assert.equal(device.status, 200, device.text)
  const challenge = await openChallenge(app, user)
  const halves: Readonly<Record<string, string>> = {
    'an open challenge': challenge,
    'a spent challenge': first,
    'a device token': String(device.json?.['device_token']),
    'a recovery code': own.recoveryCodes[0] ?? '',
    'the key of the app': own.key,
    'a session id': String(device.json?.['session_id']),
    'a factor id': own.factorId,
    'a user id': user.id,
    'the secret of the client': app.secret,
  }
  return { user, phone: own, challenge, halves, token: String(device.json?.['access_token']) }
}

attack('055 what half a sign-in gives is no token, wherever it is shown', async (app) => {
  const { user, phone, challenge, halves, token } = await gatherHalves(app)
  for (const [what, half] of Object.entries(halves)) {
    await assertInactive(app, half, 'invalid')
    const logout = { path: '/v1/auth/logout', body: { token: half } }
    await assertRefused(app, logout, { code: 'token_invalid', event: 'token.rejected', secrets: [half] })
    // To revoke what is no token is no error (RFC 7009), and does nothing.
    const before = await app.look()
    assert.equal((await app.send({ path: '/v1/tokens/revoke', body: { token: half } })).status, 200, what)
    assert.deepEqual(await app.look(), before)
  }
  // All of them are what they were.
  assert.equal((await app.sdk.tokens.validate({ token })).active, true)
  app.house.server.clock.advance('30s')
  assert.equal((await app.send(verifyAttempt(challenge, codeOf(app, phone.account)))).status, 200)
  assert.equal(await openChallenge(app, user).then((id) => id.length), challenge.length)
})

attack('055 no Bearer, session or second-factor header stands for a signature, on any route', async (app) => {
  const { user, halves, token } = await gatherHalves(app)
  const unsigned = { 'x-signature': undefined, 'x-timestamp': undefined }
  const ids: Readonly<Record<string, string>> = { usr: user.id, fac: halves['a factor id'] ?? '' }
  const before = await app.look()
  for (const { method, path, caller } of all) {
    if (caller !== 'client') continue
    const prefix = path.startsWith('/v1/users') ? 'usr' : path.startsWith('/v1/factors') ? 'fac' : ''
    const target = path.replace(/\{[a-z_]+\}/g, ids[prefix] ?? halves['an open challenge'] ?? '')
    for (const half of [token, ...Object.values(halves)]) {
      const shown = { authorization: `Bearer ${half}`, 'x-session-token': half, 'x-mfa-token': half }
      for (const id of [{}, { 'x-client-id': undefined }]) {
        const body = method === 'GET' ? undefined : {}
        const answer = await app.send({ method, path: target, body, headers: { ...unsigned, ...id, ...shown } })
        assert.ok([401, 429].includes(answer.status), `${method} ${path}: ${answer.text}`)
        if (answer.status === 401) assertProblem(answer, 'signature_missing')
        assert.ok(!answer.text.includes(half))
      }
    }
  }
  assert.deepEqual(await app.look(), before)
})

attack('055 an id of one kind is no id of another, and a challenge belongs to its client', async (app) => {
  const { user, phone, challenge, halves, token } = await gatherHalves(app)
  app.house.server.clock.advance('30s')
  const code = codeOf(app, phone.account)
  const others = [...Object.values(halves).filter((half) => !half.startsWith('chl_')), token.slice(0, 60)]
  for (const { method, path } of all.filter((operation) => pathParameters(operation.path).length > 0)) {
    for (const half of others) {
      const isRight = path.startsWith(half.startsWith('usr_') ? '/v1/users/' : '/v1/factors/')
      if (isRight && /^(usr|fac)_/.test(half)) continue
      const target = path.replace(/\{[a-z_]+\}/g, encodeURIComponent(half))
      const { status, text } = await app.send({ method, path: target, body: method === 'GET' ? undefined : { code } })
      assert.ok(status === 400 || status === 404, `${method} ${target}: ${status} ${text}`)
    }
  }
  const stranger = await app.house.newApp()
  const refusal = { code: 'challenge_expired', event: 'factor.rejected', secrets: [code] } as const
  await assertRefused(app, { ...verifyAttempt(challenge, code), by: stranger }, refusal)
  assert.equal((await app.send(verifyAttempt(challenge, code))).status, 200)
  assert.ok(user.id)
})

attack('059 no step is taken before the one that it follows, and none twice', async (app) => {
  const { user, phone: own } = await createGuardedUser(app)
  const { clock } = app.house.server
  const zeros = '00000000000000000000000000'
  const expired = { code: 'challenge_expired', event: 'factor.rejected', reason: 'challenge_expired' } as const

  // Before the first factor there is nothing to answer, and before enrolment nothing to activate.
  await assertRefused(app, verifyAttempt(`chl_${zeros}`, codeOf(app, own.account)), expired)
  const activateNothing = { path: `/v1/factors/fac_${zeros}/activate`, body: { code: codeOf(app, own.account) } }
  await assertRefused(app, activateNothing, { code: 'not_found' })
  const fresh = await app.createUser({ password })
  const codesFirst = { path: `/v1/users/${fresh.id}/factors`, body: { type: 'recovery_codes' } }
  await assertRefused(app, codesFirst, { code: 'factor_required' })

  // A factor that is not proven yet answers for nobody, and is asked of nobody.
  const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'totp' })
  assert.ok(enrollment.type === 'totp')
  const pending = phone.scan(enrollment.uri)
  const challenge = await openChallenge(app, user)
  const body = { code: codeOf(app, pending), factor_id: factor.id }
  const mismatch = { code: 'mfa_code_invalid', event: 'factor.rejected', reason: 'mismatch' } as const
  await assertRefused(app, { path: `/v1/challenges/${challenge}/verify`, body }, mismatch)
  const lonely = await app.sdk.users.factors.enroll({ id: fresh.id, type: 'totp' })
  await signIn(app, fresh)

  // Twice.
  clock.advance('30s')
  const activate = { path: `/v1/factors/${factor.id}/activate`, body: { code: codeOf(app, pending) } }
  assert.equal((await app.send(activate)).status, 200)
  await assertRefused(app, activate, { code: 'factor_already_active' })
  assert.equal((await app.send(verifyAttempt(challenge, codeOf(app, own.account)))).status, 200)
  clock.advance('30s')
  await assertRefused(app, verifyAttempt(challenge, codeOf(app, own.account)), expired)

  // After the end.
  const late = await openChallenge(app, user)
  await app.sdk.factors.remove({ id: lonely.factor.id })
  await assertRefused(
    app,
    { path: `/v1/factors/${lonely.factor.id}/activate`, body: { code: '123456' } },
    { code: 'not_found' },
  )
  await app.sdk.users.update({ id: user.id, password: `${password} and more` })
  await assertRefused(app, verifyAttempt(late, codeOf(app, own.account)), expired)
  await app.sdk.users.update({ id: user.id, password })
  const last = await openChallenge(app, user)
  await app.sdk.users.disable({ id: user.id, reason: 'test' })
  await assertRefused(app, verifyAttempt(last, codeOf(app, own.account)), expired)
  await app.sdk.users.enable({ id: user.id, reason: 'test' })
  await assertRefused(app, verifyAttempt(last, codeOf(app, own.account)), expired)
})

attack(
  '061 a password that many people use, or that names its owner or the service, is refused with the reason',
  async (app) => {
    const name = 'Ada Lovelace'
    const owner = () => ({ email: `kingfisher.${randomUUID()}@example.test`, name })
    const user = await app.createUser({ password })
    await app.sdk.users.update({ id: user.id, name })
    const guarded = await app.createUser()
    await app.sdk.users.update({ id: guarded.id, name })
    await enrollPhone(app, guarded)
    const rows: readonly (readonly [
      password: string,
      code: 'password_too_common' | 'password_too_short',
      why: RegExp,
    ])[] = [
      ['passwordpassword', 'password_too_common', /used most and guessed first/],
      ['PASSWORDPASSWORD', 'password_too_common', /used most and guessed first/],
      ['ada lovelace 1815 x', 'password_too_common', /name or address of its owner/],
      ['xxxxxxx LOVELACE xxxxxxx', 'password_too_common', /name or address of its owner/],
      ['my gatehouse is safe', 'password_too_common', /name of the service/],
      ['fourteen chars', 'password_too_short', /at least 15 characters/],
    ]
    for (const [typed, code, why] of rows) {
      const refusal = { code, secrets: [typed] } as const
      for (const attempt of [
        { path: '/v1/users', body: { ...owner(), password: typed } },
        { method: 'PATCH', path: `/v1/users/${user.id}`, body: { password: typed } },
      ]) {
        const { json } = await assertRefused(app, attempt, refusal)
        assert.match(String(json?.['detail']), why, typed)
      }
    }
    const email = `kingfisher.${randomUUID()}@example.test`
    const itself = { path: '/v1/users', body: { email, password: `my ${email.split('@', 1)[0]} yes` } }
    await assertRefused(app, itself, { code: 'password_too_common' })

    // Beside a second factor eight characters are enough, and still not those that everybody uses.
    const change = (typed: string) => ({ method: 'PATCH', path: `/v1/users/${guarded.id}`, body: { password: typed } })
    await assertRefused(app, change('tr7-bob'), { code: 'password_too_short' })
    await assertRefused(app, change('iloveyou1'), { code: 'password_too_common' })
    assert.equal((await app.send(change('tr7-bobs'))).status, 200)

    // No other rule: not of digits, not of capitals, not of signs.
    for (const typed of [
      'kettle bobs under water',
      'KETTLEBOBSUNDERWATER',
      '826401937526401937',
      ' '.repeat(15),
      'парольмойпароль',
    ]) {
      const answer = await app.send({ path: '/v1/users', body: { ...owner(), password: typed } })
      assert.equal(answer.status, 201, `${typed}: ${answer.text}`)
    }
  },
)

attack('052 a signed client is told that an address is taken, and nobody else is told anything', async (app) => {
  const known = await app.createUser({ password })
  const unknown = `${randomUUID()}@example.test`
  const stranger = { 'x-signature': undefined }
  const answers = []
  for (const email of [known.email, unknown]) {
    const headers = { ...stranger, 'x-request-id': 'the-same-for-all' }
    answers.push(await app.send({ path: '/v1/users', body: { email, password }, headers }))
  }
  const [first, second] = answers.map(({ status, text, headers }) => ({ status, text, names: Object.keys(headers) }))
  assert.deepEqual(first, second)
  await assertRefused(app, { path: '/v1/users', body: { email: known.email } }, { code: 'email_taken' })
  // Another tenant has its own people, and learns nothing of these.
  const other = await app.house.server.client({ tenant: 'default' })
  assert.deepEqual((await other.users.listPage({ email: known.email })).data, [])
  assert.equal((await other.users.create({ email: known.email })).email, known.email)
})
