import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { usualScopes } from '@gatehouse/contract/operation'
import { testBrowser } from '../test-browser.ts'
import { assertSameTime } from './compare-times.ts'
import { openSignIn, stopsAt } from './hosted.ts'
import {
  type Answer,
  type App,
  type Attempt,
  assertRefused,
  attack,
  attackOnSqlite,
  attacksOn,
  password,
  sendTogether,
} from './support.ts'

const register = (email: string): Attempt => ({ path: '/v1/auth/register', body: { email } })
const complete = (token: string, more: object = {}): Attempt => ({
  path: '/v1/auth/register/complete',
  body: { token, password, ...more },
})
const refused = { code: 'mail_token_invalid', event: 'registration.failed', reason: 'token' } as const
const newAddress = () => `${randomUUID()}@example.test`

/** Lets people register while `act` runs. */
async function whileOpen(app: App, act: () => Promise<void>): Promise<void> {
  const keeper = await app.house.newApp({ scopes: [...usualScopes, 'policy:write'] })
  await keeper.sdk.policy.update({ registration: 'open', reason: 'test' })
  try {
    await act()
  } finally {
    await keeper.sdk.policy.update({ registration: 'closed', reason: 'test' })
  }
}

async function mailsTo(app: App, email: string) {
  await app.house.server.runJobs()
  return (await app.house.server.outbox.all()).filter(({ to }) => to.toLowerCase() === email.toLowerCase())
}

/** What the newest link to this address brings. */
async function ask(app: App, email: string): Promise<string> {
  await app.sdk.auth.register.request({ email })
  const { text } = (await mailsTo(app, email)).findLast(({ kind }) => kind === 'registration') ?? assert.fail('no mail')
  return /http\S+\/register#(\w+)/.exec(text)?.[1] ?? assert.fail(text)
}

const look = ({ status, headers, text }: Answer) => ({ status, text, headers: Object.keys(headers).toSorted() })

attack('052 who registers learns nothing; the mail differs', async (app) => {
  await whileOpen(app, async () => {
    const known = await app.createUser({ password })
    const disabled = await app.createUser({ password })
    await app.sdk.users.disable({ id: disabled.id, reason: 'test' })
    const unknown = newAddress()
    const emails = [known.email, known.email.toUpperCase(), disabled.email, unknown]
    const answers: Answer[] = []
    const record = await app.house.recordOf(async () => {
      for (const email of emails) {
        answers.push(await app.send({ ...register(email), headers: { 'x-request-id': 'the-same-for-all' } }))
      }
    })
    for (const answer of answers) assert.deepEqual(look(answer), look(answers[0]!))
    assert.equal(answers[0]?.status, 202)
    assert.deepEqual(
      record.map(({ type, user_id }) => [type, user_id]),
      emails.map(() => ['registration.requested', null]),
    )
    const kinds = async (email: string) => (await mailsTo(app, email)).map(({ kind }) => kind)
    assert.deepEqual(await kinds(known.email), ['registration_known', 'registration_known'])
    assert.deepEqual(await kinds(disabled.email), [])
    assert.deepEqual(await kinds(unknown), ['registration'])
  })
})

attackOnSqlite('052 how long it takes to ask does not tell who has an account', async (app, t) => {
  await whileOpen(app, async () => {
    const known = await app.createUser({ password })
    const ask = (email: string) => async () => assert.equal((await app.send(register(email))).status, 202)
    await assertSameTime(t, { known: ask(known.email), unknown: ask(newAddress()) }, { tolerance: 0.2 })
  })
})

attack('202 whoever reads the mail gets one account, with a verified address, however often they ask', async (app) => {
  await whileOpen(app, async () => {
    const email = newAddress()
    const [first, second] = [await ask(app, email), await ask(app, email.toUpperCase())]
    const answers = await sendTogether(app, [complete(first), complete(first), complete(second)])
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, 401, 401])
    for (const token of [first, second]) await assertRefused(app, complete(token), { ...refused, secrets: [token] })
    const { data } = await app.sdk.users.listPage({ email })
    assert.deepEqual(
      data.map((user) => [user.email?.toLowerCase(), user.email_verified_at !== null, user.role]),
      [[email, true, 'user']],
    )
    assert.equal((await app.sdk.auth.login({ email, password })).status, 'authenticated')
  })
})

attack('a link is good for an hour, for the application that asked, and while people may register', async (app) => {
  const email = newAddress()
  let kept = ''
  await whileOpen(app, async () => {
    const token = await ask(app, email)
    const stranger = await app.house.newApp()
    await assertRefused(app, { ...complete(token), by: stranger }, { ...refused, secrets: [token] })
    for (const wrong of ['', 'x', `${token}x`, ` ${token}`, token.toLowerCase(), `rgt_${'0'.repeat(49)}`]) {
      await assertRefused(app, complete(wrong), { ...refused, secrets: [wrong] })
    }
    await assertRefused(app, complete(token, { email: 'eve@example.test' }), { code: 'unknown_parameter' })
    await assertRefused(app, complete(token, { role: 'admin' }), { code: 'unknown_parameter' })
    await assertRefused(app, complete(token, { password: 'short' }), { code: 'password_too_short', secrets: [token] })
    app.house.server.clock.advance('60m')
    await assertRefused(app, complete(token), { ...refused, secrets: [token] })
    // Somebody else has made the account meanwhile.
    const late = await ask(app, email)
    await app.sdk.users.create({ email })
    await assertRefused(app, complete(late), { ...refused, secrets: [late] })
    kept = await ask(app, newAddress())
  })
  await assertRefused(app, register(email), { code: 'registration_closed' })
  await assertRefused(app, complete(kept), { code: 'registration_closed', secrets: [kept] })
})

attack('052 people register on the page, which says the same to everybody, and come back to sign in', async (app) => {
  const { portal, addressFor, redeem } = await openSignIn(app)
  const closed = testBrowser({ stopsAt })
  await closed.open(addressFor())
  assert.doesNotMatch(closed.shown.text, /Make an account/)
  const late = testBrowser({ stopsAt })
  await whileOpen(app, async () => {
    await late.open(addressFor())
    await late.submit('register')
    const ada = await portal.createUser({ password })
    const fresh = newAddress()
    const said: string[] = []
    for (const email of [ada.email, fresh]) {
      const browser = testBrowser({ stopsAt })
      await browser.open(addressFor())
      await browser.submit('register')
      await browser.submit('sign_up', { email: 'no address' })
      assert.match(browser.shown.title, /^Error: Make an account/)
      await browser.submit('sign_up', { email })
      assert.match(browser.shown.title, /^Look into your mail/)
      said.push(browser.shown.text.replaceAll(email, '').replace(/flw_\w+|name="mark" value="[^"]*"/g, ''))
    }
    assert.equal(said[0], said[1])
    assert.deepEqual(
      (await mailsTo(app, ada.email)).map(({ kind }) => kind),
      ['registration_known'],
    )
    const [mail] = await mailsTo(app, fresh)
    const token = /http\S+\/register#(\w+)/.exec(mail?.text ?? '')?.[1] ?? assert.fail(mail?.text)
    const at = `${app.house.server.url}/register`
    assert.match(await (await fetch(at)).text(), /<form method="post" action="\/register">/)
    const press = async (given: Record<string, string>) => {
      const answer = await fetch(at, { method: 'POST', body: new URLSearchParams(given) })
      return [answer.status, await answer.text()] as const
    }
    const attacked = '"><script>alert(1)</script>'
    for (const given of [{}, { token: attacked, password }, { token: `${token}x`, password }]) {
      const [status, text] = await press(given)
      assert.ok([400, 401].includes(status), text)
      assert.ok(!text.includes(attacked))
    }
    assert.equal((await press({ token, password: 'short' }))[0], 422)
    const [done, text] = await press({ token, password })
    assert.equal(done, 200, text)
    assert.match(text, /Your account is ready/)
    assert.equal((await press({ token, password }))[0], 401)
    const browser = testBrowser({ stopsAt })
    await browser.open(addressFor())
    await browser.submit('email', { email: fresh })
    await browser.submit('password', { password })
    assert.equal((await redeem(browser)).user.email, fresh)
  })
  await late.submit('sign_up', { email: newAddress() })
  assert.match(late.shown.title, /^Error: Make an account/)
  assert.match(late.shown.text, /does not work just now/)
})

const few = attacksOn({ registrationsPerHour: 3, rateAuthPerMinute: 10 })

few('whoever tries tokens on the page is told when to come again', async (app) => {
  let limited: Response | undefined
  for (let index = 0; index <= 10; index++) {
    const body = new URLSearchParams({ token: `rgt_${'0'.repeat(49)}`, password })
    limited = await fetch(`${app.house.server.url}/register`, { method: 'POST', body })
  }
  assert.equal(limited?.status, 429)
  assert.ok(Number(limited.headers.get('retry-after')) > 0)
})

few('nobody writes to many strangers from one place', async (app) => {
  await whileOpen(app, async () => {
    const from = (ip: string): Attempt => ({
      path: '/v1/auth/register',
      body: { email: newAddress(), end_user: { ip } },
    })
    for (let index = 0; index < 3; index++) assert.equal((await app.send(from('192.0.2.7'))).status, 202)
    const answer = await assertRefused(app, from('192.0.2.7'), {
      code: 'too_many_attempts',
      event: 'registration.failed',
      reason: 'too_often',
    })
    assert.ok(Number(answer.headers['retry-after']) > 3000)
    assert.equal((await app.send(from('192.0.2.8'))).status, 202)
    // One mailbox gets three in ten minutes, whoever asks.
    const email = newAddress()
    for (let index = 0; index < 6; index++) {
      const end_user = { ip: `198.51.100.${index}` }
      assert.equal((await app.send({ path: '/v1/auth/register', body: { email, end_user } })).status, 202)
    }
    assert.equal((await mailsTo(app, email)).length, 3)
    // What stands behind a + reaches the same mailbox at most providers.
    const name = randomUUID()
    for (let index = 0; index < 5; index++) {
      const body = { email: `${name}+${index}@example.test`, end_user: { ip: `198.51.100.${100 + index}` } }
      assert.equal((await app.send({ path: '/v1/auth/register', body })).status, 202)
    }
    await app.house.server.runJobs()
    assert.equal((await app.house.server.outbox.all()).filter(({ to }) => to.startsWith(name)).length, 3)
    app.house.server.clock.advance('1h')
    assert.equal((await app.send(from('192.0.2.7'))).status, 202)
  })
})
