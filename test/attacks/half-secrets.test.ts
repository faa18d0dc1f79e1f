import assert from 'node:assert/strict'
import type { Authenticated } from '@gatehouse/contract/resources'
import { createGatehouse, type Gatehouse } from '@gatehouse/sdk'
import { passkeyOrigin } from '@gatehouse/testing/start-test-server'
import { virtualPasskey } from '@gatehouse/testing/virtual-passkey'
import { hotp } from '../../packages/server/src/factors/hotp/hotp.ts'
import {
  type App,
  asPerson,
  assertProblem,
  attack,
  attacksOn,
  codeOf,
  createGuardedUser,
  enrollPhone,
  lastCode,
  openChallenge,
  password,
  phone,
  signIn,
} from './support.ts'

interface Asked {
  readonly method?: string
  readonly body?: Readonly<Record<string, unknown>>
  readonly code?: string
}

/** One call of whoever has the access token, without a client's signature. */
function ask(app: App, token: string, path: string, { method, body, code }: Asked = {}) {
  return app.send({
    method: method ?? (body ? 'POST' : 'GET'),
    path,
    body: body && JSON.stringify(body),
    headers: { ...asPerson(token), ...(code !== undefined && { 'x-mfa-token': code }) },
  })
}

async function answerWith(app: App, email: string, code: () => string): Promise<Authenticated> {
  app.house.server.clock.advance('30s')
  const step = await app.sdk.auth.login({ email, password })
  assert.ok(step.status === 'mfa_required')
  return app.sdk.challenges.verify({ id: step.challenge.id, code: code() })
}

attacksOn({ strangerRefusalsPerMinute: 20 }, ['sqlite'])(
  '041 a flood with made-up access tokens is on record up to a point, then once, and then costs nothing',
  async (app) => {
    const record = await app.house.recordOf(async () => {
      for (let i = 0; i < 60; i++) await ask(app, `made-up-${i}`, '/v1/me')
    })
    assert.equal(record.length, 21)
    const user = await app.createUser({ password })
    assert.equal((await ask(app, await signIn(app, user), '/v1/me')).status, 200)
  },
)

attack(
  '121 a new factor ends the proofs of all other sessions, those of a sign-in with two factors too',
  async (app) => {
    const { user, phone: enrolled } = await createGuardedUser(app)
    const stolen = await answerWith(app, user.email, () => codeOf(app, enrolled.account))
    const own = await answerWith(app, user.email, () => codeOf(app, enrolled.account))
    const rename = { method: 'PATCH', body: { name: 'Eve' } }
    assert.equal((await ask(app, stolen.access_token, '/v1/me', rename)).status, 200)

    const pending = await ask(app, own.access_token, '/v1/me/factors', { body: { type: 'totp' } })
    const { factor, enrollment } = pending.json as { factor: { id: string }; enrollment: { uri: string } }
    const code = codeOf(app, phone.scan(enrollment.uri))
    const activated = await ask(app, own.access_token, `/v1/me/factors/${factor.id}/activate`, { body: { code } })
    assert.equal(activated.status, 200)

    assertProblem(await ask(app, stolen.access_token, '/v1/me', rename), 'mfa_required')
    const { mfa } = await app.sdk.tokens.validate({ token: stolen.access_token })
    assert.deepEqual(mfa, { verified: false })
    assert.equal((await ask(app, own.access_token, '/v1/me', rename)).status, 200)
  },
)

attack(
  '136 an enrolment begun with a stolen token before its owner had a factor is not finished after',
  async (app) => {
    const user = await app.createUser({ password })
    const stolen = await signIn(app, user)
    const pending = await ask(app, stolen, '/v1/me/factors', { body: { type: 'totp' } })
    const { factor, enrollment } = pending.json as { factor: { id: string }; enrollment: { uri: string } }
    await enrollPhone(app, user)
    const code = codeOf(app, phone.scan(enrollment.uri))
    const path = `/v1/me/factors/${factor.id}/activate`
    assertProblem(await ask(app, stolen, path, { body: { code } }), 'mfa_required')
    const { data } = await app.sdk.users.factors.list({ id: user.id })
    assert.deepEqual(
      data
        .filter(({ state }) => state === 'active')
        .map(({ type }) => type)
        .sort(),
      ['recovery_codes', 'totp'],
    )
  },
)

attack('115 a way back in is over when a new factor is active: it enrols no second one', async (app) => {
  const { user, phone: enrolled } = await createGuardedUser(app)
  const { access_token } = await answerWith(app, user.email, () => enrolled.recoveryCodes[0] ?? '')
  const enroll = () => ask(app, access_token, '/v1/me/factors', { body: { type: 'totp' } })
  const first = (await enroll()).json as { factor: { id: string }; enrollment: { uri: string } }
  const second = (await enroll()).json as { factor: { id: string }; enrollment: { uri: string } }
  app.house.server.clock.advance('1s')
  const activate = ({ factor, enrollment }: typeof first) => {
    const code = codeOf(app, phone.scan(enrollment.uri))
    return ask(app, access_token, `/v1/me/factors/${factor.id}/activate`, { body: { code } })
  }
  assertProblem(await ask(app, access_token, '/v1/me/factors', { body: { type: 'recovery_codes' } }), 'factor_required')
  assert.equal((await activate(first)).status, 200)
  assertProblem(await activate(second), 'recovery_only')
  assertProblem(await ask(app, access_token, '/v1/me/factors', { body: { type: 'totp' } }), 'recovery_only')
})

attack('174 who has the old secret does not keep it by revoking the new one', async (app) => {
  const id = app.id as `cli_${string}`
  const { server } = app.house
  const sdkOf = (slug: string, secret: string): Gatehouse =>
    createGatehouse({ url: server.url, clientId: slug, secret, now: server.clock.now })
  const { secret, old } = await app.sdk.clients.secrets.rotate({ id })
  assert.ok(old)
  const fresh = sdkOf(app.slug, secret.value)
  assert.equal((await fresh.clients.secrets.list({ id })).data.length, 2)
  await assert.rejects(app.sdk.clients.secrets.revoke({ id, secret_id: secret.id }), { code: 'secret_in_use' })
  await fresh.clients.secrets.revoke({ id, secret_id: old.id })
  await assert.rejects(app.sdk.users.listPage({}), { code: 'signature_invalid' })
})

attack('091 who has the password does not take away the question that the owner of a passkey answers', async (app) => {
  const user = await app.createUser({ password })
  const passkey = virtualPasskey({ origin: passkeyOrigin })
  const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'webauthn' })
  await app.sdk.factors.activate({ id: factor.id, response: { ...passkey.create(enrollment.options) } })
  const own = (await openChallenge(app, user)) as `chl_${string}`
  const { options } = await app.sdk.challenges.send({ id: own, factor_id: factor.id })
  assert.ok(options)
  const others = (await openChallenge(app, user)) as `chl_${string}`
  await app.sdk.challenges.send({ id: others, factor_id: factor.id })
  const response = { ...passkey.get(options) }
  await assert.rejects(app.sdk.challenges.verify({ id: others, response }), { code: 'mfa_code_invalid' })
  assert.equal((await app.sdk.challenges.verify({ id: own, response })).status, 'authenticated')
})

attack('190 an activation of one’s own takes one proof, not none and not two', async (app) => {
  const user = await app.createUser({ password })
  const token = await signIn(app, user)
  const pending = await ask(app, token, '/v1/me/factors', { body: { type: 'totp' } })
  const { factor, enrollment } = pending.json as { factor: { id: string }; enrollment: { uri: string } }
  const code = codeOf(app, phone.scan(enrollment.uri))
  const path = `/v1/me/factors/${factor.id}/activate`
  for (let i = 0; i < 4; i++) {
    assertProblem(await ask(app, token, path, { body: {} }), 'invalid_request')
    assertProblem(await ask(app, token, path, { body: { code, response: {} } }), 'invalid_request')
  }
  assert.equal((await ask(app, token, path, { body: { code } })).status, 200)
})

attack('131 a refresh token alone gives no proof of a second factor that was made since the sign-in', async (app) => {
  const user = await app.createUser({ password })
  const signedIn = await app.sdk.auth.login({ email: user.email, password })
  assert.ok(signedIn.status === 'authenticated')
  const { account } = await enrollPhone(app, user)
  const token = signedIn.access_token
  const { mfa } = await app.sdk.tokens.validate({ token, mfa_code: codeOf(app, account) })
  assert.ok(mfa?.session_token)
  const next = await app.sdk.auth.refresh({ refresh_token: signedIn.refresh_token ?? '' })
  assert.equal(next.session_token, undefined)
})

attack('170 the record of a person tells nobody with a stolen token how near a guessed code was', async (app) => {
  const { user, phone: enrolled } = await createGuardedUser(app)
  const { access_token } = await answerWith(app, user.email, () => codeOf(app, enrolled.account))
  const soon = codeOf(app, enrolled.account, 6)
  assertProblem(await ask(app, access_token, '/v1/me', { code: soon }), 'mfa_code_invalid')
  const { json } = await ask(app, access_token, '/v1/me/activity')
  const [event] = (json as { data: { type: string; data: Record<string, unknown> }[] }).data
  assert.equal(event?.type, 'factor.rejected')
  assert.deepEqual(
    Object.keys(event.data).filter((name) => /drift|match|ahead/.test(name)),
    [],
  )
})

attack('169 with a person goes what was tried at their address, and where they were refused', async (app) => {
  const email = `${app.slug}@example.test`
  const end_user = { ip: '198.51.100.78', user_agent: 'A browser that is only theirs' }
  const before = await app.send({ path: '/v1/auth/login', body: { email, password, end_user } })
  assertProblem(before, 'invalid_credentials')
  const user = await app.sdk.users.create({ email, password })
  const token = await signIn(app, user)
  const refused = await ask(app, token, '/v1/me/factors/fac_00000000000000000000000000', { method: 'DELETE' })
  assertProblem(refused, 'not_found')
  await app.sdk.users.erase({ id: user.id, reason: 'asked to be forgotten' })
  for await (const event of app.sdk.auditEvents.list({})) {
    assert.notEqual(event.email, email, event.type)
    const isTheirs = event.actor === `user:${user.id}`
    if (isTheirs) assert.deepEqual([event.user_id, event.ip_address, event.user_agent], [user.id, null, null])
  }
})

attack('075 a token of the stock forgets no code that was used when its owner is erased', async (app) => {
  const seed = Buffer.from('12345678901234567890')
  const code = (counter: number) => hotp(seed, BigInt(counter), { algorithm: 'sha1', digits: 6 })
  const serial = `H-${app.slug}`.slice(0, 60)
  await app.sdk.hardwareTokens.import({ file: `serial,secret_hex,counter\n${serial},${seed.toString('hex')},0` })
  const enroll = async (id: `usr_${string}`) =>
    (await app.sdk.users.factors.enroll({ id, type: 'hotp', serial })).factor.id
  const first = await app.sdk.users.create({ email: `one-${app.slug}@example.test` })
  const one = await enroll(first.id)
  await app.sdk.factors.activate({ id: one, code: code(3) })
  await app.sdk.users.erase({ id: first.id, reason: 'asked to be forgotten' })
  const two = await enroll((await app.sdk.users.create({ email: `two-${app.slug}@example.test` })).id)
  await assert.rejects(app.sdk.factors.activate({ id: two, code: code(3) }), { code: 'mfa_code_invalid' })
  await app.sdk.factors.activate({ id: two, code: code(4) })
})

attack('115 a second way back in is over, too, when one has led to a factor', async (app) => {
  const { user, phone: enrolled } = await createGuardedUser(app)
  const stolen = await answerWith(app, user.email, () => enrolled.recoveryCodes[0] ?? '')
  const own = await answerWith(app, user.email, () => enrolled.recoveryCodes[1] ?? '')
  const pending = await ask(app, own.access_token, '/v1/me/factors', { body: { type: 'totp' } })
  const { factor, enrollment } = pending.json as { factor: { id: string }; enrollment: { uri: string } }
  const code = codeOf(app, phone.scan(enrollment.uri))
  const path = `/v1/me/factors/${factor.id}/activate`
  assert.equal((await ask(app, own.access_token, path, { body: { code } })).status, 200)
  assertProblem(await ask(app, stolen.access_token, '/v1/me/factors', { body: { type: 'totp' } }), 'token_invalid')
})

attack(
  '088 who has the password uses up the messages of strangers, and not those of a device that is known',
  async (app) => {
    const { clock } = app.house.server
    const user = await app.createUser({ password })
    const { account } = await enrollPhone(app, user)
    const { factor } = await app.sdk.users.factors.enroll({ id: user.id, type: 'email' })
    const sent = await lastCode(app, user.email)
    await app.sdk.factors.activate({ id: factor.id, code: sent })
    clock.advance('11m')
    const first = (await openChallenge(app, user)) as `chl_${string}`
    const signedIn = await app.sdk.challenges.verify({ id: first, code: codeOf(app, account), remember_device: true })
    assert.ok(signedIn.status === 'authenticated' && signedIn.device_token)
    const send = async (device_token?: string) => {
      const id = (await openChallenge(app, user)) as `chl_${string}`
      return app.sdk.challenges.send({ id, factor_id: factor.id, ...(device_token && { end_user: { device_token } }) })
    }
    for (let i = 0; i < 3; i++) {
      await send()
      clock.advance('31s')
    }
    await assert.rejects(send(), { code: 'too_many_attempts' })
    assert.ok(await send(signedIn.device_token))
    await assert.rejects(send(), { code: 'too_many_attempts' })
  },
)

attack('136 a stolen token of somebody without a factor binds none, but soon after a sign-in', async (app) => {
  const user = await app.createUser({ password })
  const token = await signIn(app, user)
  const enroll = (with_: string) => ask(app, with_, '/v1/me/factors', { body: { type: 'totp' } })
  assert.equal((await enroll(token)).status, 201)
  app.house.server.clock.advance('301s')
  assertProblem(await enroll(token), 'sign_in_stale')
  assert.equal((await ask(app, token, '/v1/me')).status, 200)
  assert.equal((await enroll(await signIn(app, user))).status, 201)
})
