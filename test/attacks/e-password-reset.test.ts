import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { usualScopes } from '@gatehouse/contract/operation'
import { assertSameTime } from './compare-times.ts'
import {
  type Answer,
  type App,
  type Attempt,
  assertRefused,
  attack,
  attackOnSqlite,
  attacksOn,
  codeOf,
  createGuardedUser,
  lastCode,
  openChallenge,
  type Person,
  password,
  sendTogether,
  signIn,
  verifyAttempt,
} from './support.ts'

const next = 'nine further words that nobody has said'
const forgot = (email: string): Attempt => ({ path: '/v1/auth/password/forgot', body: { email } })
const reset = (token: string, new_password = next): Attempt => ({
  path: '/v1/auth/password/reset',
  body: { token, new_password },
})
const refused = { code: 'mail_token_invalid', event: 'password.reset_failed', reason: 'token' } as const

/** The links that went to this address, the newest last. */
async function linksTo(app: App, email: string): Promise<readonly URL[]> {
  await app.house.server.runJobs()
  const mails = (await app.house.server.outbox.all()).filter(
    ({ to, kind }) => to === email && kind === 'password_reset',
  )
  return mails.map(({ text }) => new URL(/http\S+\/password\/reset#\w+/.exec(text)?.[0] ?? ''))
}

/** What the newest link to this user brings. */
async function ask(app: App, { email }: Person): Promise<string> {
  await app.sdk.auth.password.forgot({ email })
  return (await linksTo(app, email)).at(-1)?.hash.slice(1) ?? assert.fail('no link was sent')
}

const look = ({ status, headers, text }: Answer) => ({ status, text, headers: Object.keys(headers).toSorted() })

attack('052 who asks for a new password learns nothing, and only who has an account gets a link', async (app) => {
  const known = await app.createUser({ password })
  const disabled = await app.createUser({ password })
  await app.sdk.users.disable({ id: disabled.id, reason: 'test' })
  const without = await app.createUser()
  const unknown = `${randomUUID()}@example.test`
  const emails = [known.email, known.email.toUpperCase(), disabled.email, without.email, unknown]
  const answers: Answer[] = []
  const record = await app.house.recordOf(async () => {
    for (const email of emails) {
      answers.push(await app.send({ ...forgot(email), headers: { 'x-request-id': 'the-same-for-all' } }))
    }
  })
  for (const answer of answers) assert.deepEqual(look(answer), look(answers[0]!))
  assert.equal(answers[0]?.status, 202)
  assert.deepEqual(
    record.map(({ type, user_id }) => [type, user_id]),
    emails.map(() => ['password.reset_requested', null]),
  )
  const sent = await Promise.all([known, disabled, without, { email: unknown }].map(({ email }) => linksTo(app, email)))
  assert.deepEqual(
    sent.map(({ length }) => length),
    [2, 0, 1, 0],
  )
  // Whose mails they were is on record when they are sent, without a word of the links.
  const { data } = await app.sdk.auditEvents.listPage({ user_id: known.id })
  assert.equal(data.filter(({ type }) => type === 'password.reset_sent').length, 2)
  assert.ok(!JSON.stringify(data).includes(sent[0]?.[0]?.hash.slice(1) ?? ''))
})

attackOnSqlite('052 how long the answer takes does not tell who has an account', async (app, t) => {
  const { email } = await app.createUser({ password })
  const asking = (to: string) => async () => assert.equal((await app.send(forgot(to))).status, 202)
  await assertSameTime(t, { known: asking(email), unknown: asking(`${randomUUID()}@example.test`) }, { tolerance: 0.2 })
})

attack('057 a new password is set once, ends all sessions, and leaves the second factor demanded', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  const id = await openChallenge(app, user)
  app.house.server.clock.advance('30s')
  const inside = await app.send(verifyAttempt(id, codeOf(app, phone.account)))
  const before = String(inside.json?.['access_token'])
  const halfway = await openChallenge(app, user)
  const other = await ask(app, user)
  const token = await ask(app, user)
  await app.house.server.outbox.clear()

  const weak = { code: 'password_too_common', secrets: [token] } as const
  await assertRefused(app, reset(token, user.email), weak)
  const answers = await sendTogether(
    app,
    Array.from({ length: 10 }, () => reset(token)),
  )
  assert.deepEqual(
    answers.filter(({ status }) => status === 200).map(({ json }) => json),
    [{}],
  )
  for (const used of [token, other])
    await assertRefused(app, reset(used, `${next} again`), { ...refused, secrets: [used] })

  assert.equal((await app.sdk.tokens.validate({ token: before })).active, false)
  app.house.server.clock.advance('30s')
  const stale = { code: 'challenge_expired', event: 'factor.rejected' } as const
  await assertRefused(app, verifyAttempt(halfway, codeOf(app, phone.account)), stale)
  await assert.rejects(app.sdk.auth.login({ email: user.email, password }), { code: 'invalid_credentials' })
  const step = await app.sdk.auth.login({ email: user.email, password: next })
  assert.ok(step.status === 'mfa_required')
  assert.equal((await app.send(verifyAttempt(step.challenge.id, codeOf(app, phone.account)))).status, 200)

  await app.house.server.runJobs()
  const told = (await app.house.server.outbox.all()).filter(({ to }) => to === user.email).map(({ kind }) => kind)
  assert.ok(told.includes('password_changed'), told.join())
  assert.notEqual((await app.sdk.users.get({ id: user.id })).email_verified_at, null)
})

attack('057 what one user was sent is nothing for another, another application or another time', async (app) => {
  const [ada, eve] = [await app.createUser({ password }), await app.createUser({ password })]
  const token = await ask(app, eve)
  for (const more of [{ user_id: ada.id }, { id: ada.id }, { email: ada.email }]) {
    const body = { token, new_password: next, ...more }
    await assertRefused(app, { path: '/v1/auth/password/reset', body }, { code: 'unknown_parameter' })
  }
  const changed = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`
  for (const wrong of ['', 'x', changed, ` ${token}`, `${token}\n`, token.toLowerCase(), `prt_${'0'.repeat(49)}`]) {
    await assertRefused(app, reset(wrong), { ...refused, secrets: [wrong] })
  }
  const stranger = await app.house.newApp()
  await assertRefused(app, { ...reset(token), by: stranger }, { ...refused, secrets: [token] })
  const foreigner = await app.house.newApp({ tenant: 'default' })
  await assertRefused(app, { ...reset(token), by: foreigner }, { ...refused, secrets: [token] })
  await app.sdk.users.update({ id: eve.id, email: `new-${eve.email}` })
  await assertRefused(app, reset(token), { ...refused, secrets: [token] })

  const late = await ask(app, ada)
  app.house.server.clock.advance('60m')
  await assertRefused(app, reset(late), { ...refused, secrets: [late] })
  await app.sdk.users.disable({ id: ada.id, reason: 'test' })
  await signIn(app, { ...eve, email: `new-${eve.email}` })
})

attack('057 074 a mail that set the password is no second factor beside it, and opens no way back in', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  const { factor } = await app.sdk.users.factors.enroll({ id: user.id, type: 'email' })
  await app.sdk.factors.activate({ id: factor.id, code: await lastCode(app, user.email) })
  await app.send(reset(await ask(app, user)))
  app.house.server.clock.advance('1m')
  const open = async () => {
    const step = await app.sdk.auth.login({ email: user.email, password: next })
    assert.ok(step.status === 'mfa_required')
    return step.challenge
  }
  const challenge = await open()
  assert.ok(challenge.factors.every(({ type }) => type !== 'email'))
  const send = { path: `/v1/challenges/${challenge.id}/send`, body: { factor_id: factor.id } }
  await assertRefused(app, send, { code: 'invalid_request' })
  const recover = { path: `/v1/challenges/${challenge.id}/recovery-request`, body: {} }
  await assertRefused(app, recover, { code: 'recovery_unavailable' })
  // Something else beside it, once, and the password is as good as any.
  assert.equal((await app.send(verifyAttempt(challenge.id, codeOf(app, phone.account)))).status, 200)
  const usual = await open()
  assert.ok(usual.factors.some(({ type }) => type === 'email'))
  const request = { path: `/v1/challenges/${usual.id}/recovery-request`, body: {} }
  assert.equal((await app.send(request)).status, 201)
})

attack('057 a device that is remembered is asked again after a mail has set the password', async (app) => {
  const keeper = await app.house.newApp({ scopes: [...usualScopes, 'policy:write'] })
  const { risk } = await keeper.sdk.policy.get()
  await keeper.sdk.policy.update({ risk: { remembered_hours: 12 }, reason: 'test' })
  try {
    const { user, phone } = await createGuardedUser(app)
    const body = { code: codeOf(app, phone.account), remember_device: true }
    const first = await app.send({ path: `/v1/challenges/${await openChallenge(app, user)}/verify`, body })
    const end_user = { device_token: String(first.json?.['device_token']) }
    const status = async (typed: string) =>
      (await app.sdk.auth.login({ email: user.email, password: typed, end_user })).status
    assert.equal(await status(password), 'authenticated')
    assert.equal((await app.send(reset(await ask(app, user)))).status, 200)
    assert.equal(await status(next), 'mfa_required')
  } finally {
    await keeper.sdk.policy.update({ risk, reason: 'test' })
  }
})

attack('058 a link leads to the address that the operator has set, whatever a request says', async (app) => {
  const { email } = await app.createUser({ password })
  const evil = 'evil.example.org'
  for (const headers of [
    { 'x-forwarded-host': evil },
    { forwarded: `host=${evil};proto=https` },
    { 'x-original-host': evil, 'x-host': evil, origin: `https://${evil}`, referer: `https://${evil}/` },
  ]) {
    assert.equal((await app.send({ ...forgot(email), headers })).status, 202)
  }
  // Host and the absolute form of a request line, signed: what the server is called here is no name for it.
  for (const path of ['/v1/auth/password/forgot', `http://${evil}/v1/auth/password/forgot`]) {
    const { status } = await app.send({ ...forgot(email), path, headers: { host: evil } })
    assert.ok([202, 400, 401, 404].includes(status), `${path}: ${status}`)
  }
  const links = await linksTo(app, email)
  assert.equal(links.length, 3)
  for (const link of links)
    assert.deepEqual([link.origin, link.pathname, link.search], ['http://gatehouse.test', '/password/reset', ''])
})

attack('a mailbox gets three links in ten minutes, and what it has got stays good', async (app) => {
  const user = await app.createUser({ password })
  const first = await ask(app, user)
  for (let index = 0; index < 6; index++) assert.equal((await app.send(forgot(user.email))).status, 202)
  assert.equal((await linksTo(app, user.email)).length, 3)
  assert.equal((await app.send(reset(first))).status, 200)
})

attack('the page of the link takes the token in the body of a form, with a script and without', async (app) => {
  const user = await app.createUser({ password })
  const token = await ask(app, user)
  const at = `${app.house.server.url}/password/reset`
  const page = await fetch(at)
  assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'self'; .*form-action 'self'/)
  assert.match(await page.text(), /<form method="post" action="\/password\/reset">/)
  assert.match((await fetch(`${at}.js`)).headers.get('content-type') ?? '', /javascript/)
  const press = async (given: Record<string, string>) => {
    const answer = await fetch(at, { method: 'POST', body: new URLSearchParams(given) })
    return [answer.status, await answer.text()] as const
  }
  const attacked = '"><script>alert(1)</script>'
  for (const given of [{}, { token: attacked, password: next }, { token: `${token}x`, password: next }]) {
    const [status, text] = await press(given)
    assert.ok([400, 401].includes(status), text)
    assert.ok(!text.includes(attacked))
  }
  const [weak, said] = await press({ token, password: 'short' })
  assert.equal(weak, 422)
  assert.match(said, /at least 15 characters/)
  const [done, text] = await press({ token, password: next })
  assert.equal(done, 200, text)
  assert.equal((await press({ token, password: `${next} again` }))[0], 401)
  assert.equal((await app.sdk.auth.login({ email: user.email, password: next })).status, 'authenticated')
})

const locking = attacksOn({ loginLockFailures: 5, loginHardFailures: 10 })

locking('045 while an account is locked its link waits, and a link opens what only a person could', async (app) => {
  const user = await app.createUser({ password })
  const guess = async () => {
    for (let index = 0; index < 5; index++)
      await app.send({ path: '/v1/auth/login', body: { email: user.email, password: 'x' } })
  }
  await guess()
  const token = await ask(app, user)
  const locked = {
    code: 'too_many_attempts',
    event: 'password.reset_failed',
    reason: 'locked',
    secrets: [token],
  } as const
  const answer = await assertRefused(app, reset(token), locked)
  assert.equal(answer.headers['retry-after'], '1800')
  app.house.server.clock.advance('30m')
  await guess()
  await assertRefused(app, reset(token), locked)
  app.house.server.clock.advance('29m')
  const late = await ask(app, user)
  app.house.server.clock.advance('1m')
  // Ten in a row: time alone opens it no more.
  await assert.rejects(app.sdk.auth.login({ email: user.email, password }), { code: 'too_many_attempts' })
  assert.equal((await app.send(reset(late))).status, 200)
  assert.equal((await app.sdk.auth.login({ email: user.email, password: next })).status, 'authenticated')
})
