import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { passkeyOrigin } from '@gatehouse/testing/start-test-server'
import { virtualPasskey } from '@gatehouse/testing/virtual-passkey'
import { type App, assertRefused, attack, codeOf, lastCode, password, phone } from './attacks/support.ts'

const newExternal = (app: App, more: { readonly name?: string } = {}) =>
  app.sdk.users.create({ external_id: `customer ${randomUUID()}`, ...more })

attack('a user is known by the id of the application alone, and has factors', async (app) => {
  const user = await newExternal(app)
  assert.equal(user.email, null)
  assert.deepEqual((await app.sdk.users.listPage({ external_id: user.external_id ?? '' })).data, [user])
  const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'totp' })
  // In the app it is called what the application calls them.
  assert.match(decodeURIComponent(new URL(enrollment.uri).pathname), new RegExp(`:${user.external_id}$`))
  const account = phone.scan(enrollment.uri)
  await app.sdk.factors.activate({ id: factor.id, code: codeOf(app, account, -1) })
  const challenge = await app.sdk.users.challenges.create({ id: user.id, purpose: 'verify' })
  const verified = await app.sdk.challenges.verify<'verify'>({ id: challenge.id, code: codeOf(app, account) })
  assert.equal(verified.user_id, user.id)
  const named = await newExternal(app, { name: 'Grace' })
  const other = await app.sdk.users.factors.enroll({ id: named.id, type: 'totp' })
  assert.match(new URL(other.enrollment.uri).pathname, /:Grace$/)
})

attack('two users without an address are two, and an external id is one', async (app) => {
  const [first, second] = [await newExternal(app), await newExternal(app)]
  assert.notEqual(first.id, second.id)
  const taken = { path: '/v1/users', body: { external_id: first.external_id } }
  await assertRefused(app, taken, { code: 'external_id_taken' })
})

attack('nobody is without a name to find them by, or has a password and no address', async (app) => {
  const external_id = randomUUID()
  for (const body of [{}, { name: 'Nobody' }, { external_id, password }]) {
    await assertRefused(app, { path: '/v1/users', body }, { code: 'invalid_request' })
  }
  const user = await newExternal(app)
  const path = `/v1/users/${user.id}`
  for (const body of [{ external_id: null }, { password }, { email: null }, { email: '' }]) {
    await assertRefused(app, { method: 'PATCH', path, body }, { code: 'invalid_request' })
  }
  const email = `${randomUUID()}@example.test`
  const changed = await app.sdk.users.update({ id: user.id, email, password, external_id: null })
  assert.deepEqual([changed.email, changed.external_id], [email, null])
  assert.equal((await app.sdk.auth.login({ email, password })).status, 'authenticated')
  await app.sdk.users.unlock({ id: user.id, reason: 'test' })
})

attack('who has no address signs in with a passkey, and the token names none', async (app) => {
  const user = await newExternal(app)
  const passkey = virtualPasskey({ origin: passkeyOrigin })
  const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'webauthn' })
  assert.equal(enrollment.options.user.name, user.external_id)
  await app.sdk.factors.activate({ id: factor.id, response: { ...passkey.create(enrollment.options) } })
  const { options } = await app.sdk.auth.passkey.options({})
  const signedIn = await app.sdk.auth.passkey.verify({ response: { ...passkey.get(options) } })
  assert.equal(signedIn.user.email, null)
  const { active, claims } = await app.sdk.tokens.validate({ token: signedIn.access_token })
  assert.deepEqual([active, claims?.sub, claims && 'email' in claims], [true, user.id, false])
  assert.equal((await app.sdk.me(signedIn.access_token).get()).user.id, user.id)
  const next = await app.sdk.auth.refresh({ refresh_token: signedIn.refresh_token ?? '' })
  assert.equal((await app.sdk.tokens.validate({ token: next.access_token })).active, true)
})

attack('who has no address is told where they have proven one, and nowhere else', async (app) => {
  const { outbox } = app.house.server
  const user = await newExternal(app)
  const enroll = { path: `/v1/users/${user.id}/factors`, body: { type: 'email' } }
  await assertRefused(app, enroll, { code: 'invalid_request' })
  await app.sdk.users.unlock({ id: user.id, reason: 'test' })
  await app.sdk.users.resetMfa({ id: user.id, reason: 'test' })
  await app.house.server.runJobs()
  await outbox.clear()
  const email = `${randomUUID()}@example.test`
  const { factor } = await app.sdk.users.factors.enroll({ id: user.id, type: 'email', email })
  await app.sdk.factors.activate({ id: factor.id, code: await lastCode(app, email) })
  await app.house.server.runJobs()
  const told = (await outbox.all()).map(({ kind, to }) => [kind, to])
  assert.deepEqual(told, [
    ['code', email],
    ['factor_added', email],
  ])
  await app.sdk.users.erase({ id: user.id, reason: 'asked to' })
  const { data } = await app.sdk.auditEvents.listPage({ user_id: user.id })
  assert.ok(data.length > 2 && data.slice(1).every(({ ip_address }) => ip_address === null))
})
