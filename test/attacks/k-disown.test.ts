import assert from 'node:assert/strict'
import {
  type App,
  assertProblem,
  assertRefused,
  attack,
  createGuardedUser,
  openChallenge,
  password,
} from './support.ts'

const atHome = { ip: '5.9.1.1', user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0' }

/** The token of the link in the newest mail to this address. */
async function tokenOf(app: App, to: string): Promise<string> {
  const mail = await app.house.server.outbox.last(to)
  const link = /http:\/\/gatehouse\.test\/not-me\?token=([A-Za-z0-9_-]+)/.exec(mail?.text ?? '')
  return link?.[1] ?? assert.fail(`no link in ${mail?.kind}: ${mail?.text}`)
}

const signIn = (app: App, email: string, given = password) =>
  app.send({ path: '/v1/auth/login', body: { email, password: given, end_user: atHome } })

const page = async (app: App, method: string, token: string) => {
  const answer = await fetch(`${app.house.server.url}/not-me?token=${token}`, { method })
  assert.equal(answer.headers.get('referrer-policy'), 'no-referrer')
  assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  return answer.text()
}

attack('who says that a sign-in was not theirs closes the account to whoever that was', async (app) => {
  const user = await app.createUser({ password })
  await app.house.server.outbox.clear()
  const token = String((await signIn(app, user.email)).json?.['access_token'])
  const isActive = async () => (await app.sdk.tokens.validate({ token })).active
  const link = await tokenOf(app, user.email)

  // Mail programs open links by themselves.
  assert.match(await page(app, 'GET', link), /Was this sign-in not yours/)
  assert.equal(await isActive(), true)

  const record = await app.house.recordOf(async () => {
    assert.match(await page(app, 'POST', link), /Everybody is signed out/)
  })
  assert.deepEqual(record.map(({ type }) => type).toSorted(), ['session.revoked', 'sign_in.disowned'])
  assert.ok(!JSON.stringify(record).includes(link))
  assert.equal(await isActive(), false)
  assertProblem(await signIn(app, user.email), 'invalid_credentials')
  assert.equal((await app.house.server.outbox.last(user.email))?.kind, 'sign_in_disowned')
  assert.match(await page(app, 'POST', link), /There is nothing to do/)

  // The link is good for the password of its day.
  app.house.server.clock.advance('1m')
  const other = `${password} and others`
  await app.sdk.users.update({ id: user.id, password: other })
  assert.match(await page(app, 'POST', link), /There is nothing to do/)
  assert.equal((await signIn(app, user.email, other)).status, 200)
})

attack('it ends what has only begun, and forgets every device', async (app) => {
  const { user } = await createGuardedUser(app)
  const challenge = await openChallenge(app, user)
  const plain = await app.createUser({ password })
  await app.house.server.outbox.clear()
  await signIn(app, plain.email)
  const link = await tokenOf(app, plain.email)
  await app.sdk.auth.disown({ token: link })
  assertProblem(await signIn(app, plain.email), 'invalid_credentials')
  const state = await app.sdk.challenges.get({ id: challenge as `chl_${string}` })
  assert.equal(state.state, 'pending', 'that of somebody else goes on')
  const keeper = await app.house.newApp({ scopes: ['alerts:read'] })
  await app.house.server.runJobs()
  const alerts = (await keeper.sdk.alerts.listPage({ user_id: plain.id })).data.map(({ rule }) => rule)
  assert.ok(alerts.includes('sign_in_disowned'))
})

attack('a link that was not made here, of another tenant or too old does nothing', async (app) => {
  const user = await app.createUser({ password })
  await app.house.server.outbox.clear()
  await signIn(app, user.email)
  const link = await tokenOf(app, user.email)
  const disown = (token: string, by?: App) =>
    assertRefused(app, { path: '/v1/sign-ins/disown', body: { token }, ...(by && { by }) }, { code: 'token_invalid' })
  const forged = Buffer.from(link, 'base64url')
  forged[forged.length - 1]! ^= 1
  await disown(forged.toString('base64url'))
  await disown('A'.repeat(64))
  const stranger = await app.house.newApp({ tenant: 'default' })
  assertProblem(await app.send({ path: '/v1/sign-ins/disown', body: { token: link }, by: stranger }), 'token_invalid')
  app.house.server.clock.advance('7d')
  await disown(link)
  assert.equal((await signIn(app, user.email)).status, 200)
})
