import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { test } from 'node:test'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import pg from 'pg'
import { jsonWithNonce, sign } from './support.ts'
import { outcomesOf, type TwoFacedApp, tally, twoProcesses } from './two-processes.ts'

const open = twoProcesses()
const password = 'a few unrelated words'
let people = 0
const newEmail = () => `person-${people++}@example.org`
/** Sources enough that no limit of a source is met by chance. */
const sourceOf = (index: number) => `198.51.${index >> 8}.${index & 255}`

const login = (app: TwoFacedApp, index: number, email: string, secret: string, ip = sourceOf(index)) =>
  app.doors[index % 2]!.auth.login({ email, password: secret, end_user: { ip } })

/** A user with an authenticator app. The code of the present step is spent; the next one is good already. */
async function createGuarded(app: TwoFacedApp) {
  const [gatehouse] = app.doors
  const user = await gatehouse.users.create({ email: newEmail(), password })
  const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'totp' })
  const phone = virtualPhone()
  const account = phone.scan(enrollment.uri)
  const codeIn = (seconds: number) => phone.code(account, new Date(Date.now() + seconds * 1000))
  await gatehouse.factors.activate({ id: factor.id, code: codeIn(0) })
  const challenge = async (index: number) => {
    const answer = await login(app, index, user.email, password)
    assert.ok(answer.status === 'mfa_required')
    return answer.challenge.id
  }
  const verify = (index: number, id: `chl_${string}`, code: string) =>
    app.doors[index % 2]!.challenges.verify({ id, code, end_user: { ip: sourceOf(index) } })
  const challenges = async (count: number) => {
    // One after the other: right passwords that are being checked at the same time count as attempts.
    const ids: `chl_${string}`[] = []
    for (let index = 0; index < count; index++) ids.push(await challenge(index))
    return ids
  }
  return { user, challenges, verify, nextCode: () => codeIn(30) }
}

test('008 a signature that one process has accepted is refused by the other (postgres, two processes)', async () => {
  const app = await (await open()).newApp({ roomy: true })
  const body = jsonWithNonce({ email: newEmail() })
  // One signature, whatever second it is.
  const timestamp = String(Math.floor(Date.now() / 1000))
  const headers = { 'x-timestamp': timestamp, 'x-signature': sign(app.connections[0].secret ?? '', timestamp, body) }
  const calls = Array.from({ length: 40 }, (_, index) => app.send({ path: '/v1/users', body, headers }, index))
  const answers = await Promise.all(calls)
  assert.deepEqual(tally(answers.map(({ json }) => String(json?.['code'] ?? 'created'))), {
    created: 1,
    signature_replayed: 39,
  })
  const { data } = await app.doors[0].auditEvents.listPage({ action: 'request_refused', limit: 200 })
  assert.equal(data.filter(({ data: facts }) => facts['code'] === 'signature_replayed').length, 39)
})

test('031 an address that is taken off the list is refused by both within a second (postgres, two processes)', async (t) => {
  const { databaseUrl, newApp } = await open()
  const app = await newApp({ roomy: true })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const call = (index: number) => app.send({ path: '/v1/users', agent }, index)
  for (const index of [0, 1]) assert.equal((await call(index)).status, 200)
  await execute(databaseUrl, 'update client set allow_list = $1 where id = $2', ['["192.0.2.1"]', app.id])
  const since = performance.now()
  for (const index of [0, 1]) {
    let { status } = await call(index)
    while (status === 200 && performance.now() - since < 5000) status = (await call(index)).status
    assert.equal(status, 403)
  }
  const tookMs = performance.now() - since
  assert.ok(tookMs < 1000, `it took ${tookMs} ms`)
})

async function execute(url: string, statement: string, values: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query(statement, [...values])
    assert.equal(rowCount, 1)
  } finally {
    await client.end()
  }
}

test('033 039 the limits of two processes hold in sum (postgres, two processes)', async () => {
  const app = await (await open()).newApp()
  const ip = '203.0.113.99'
  const logins = Array.from({ length: 16 }, (_, index) => login(app, index, newEmail(), 'wrong password here', ip))
  assert.deepEqual(tally(await outcomesOf(logins)), { invalid_credentials: 10, rate_limited: 6 })
  const validations = Array.from({ length: 110 }, (_, index) =>
    app.doors[index % 2]!.tokens.validate({ token: 'x', end_user: { ip } }),
  )
  assert.deepEqual(tally(await outcomesOf(validations)), { done: 100, rate_limited: 10 })
  const reads = Array.from({ length: 60 }, (_, index) => app.doors[index % 2]!.users.listPage({ limit: 1 }))
  assert.deepEqual(tally(await outcomesOf(reads)), { done: 50, rate_limited: 10 })
})

test('066 wrong codes at two processes are one count (postgres, two processes)', async () => {
  const app = await (await open()).newApp({ roomy: true })
  const { challenges, verify, nextCode } = await createGuarded(app)
  const ids = await challenges(5)
  for (const [index, code] of ['000000', '0000-0000-0000-0000', '000000'].entries()) {
    assert.deepEqual(await outcomesOf([verify(index, ids[index]!, code)]), ['mfa_code_invalid'])
  }
  for (const index of [3, 4]) {
    assert.deepEqual(await outcomesOf([verify(index, ids[index]!, nextCode())]), ['too_many_attempts'])
  }
})

test('120 a session that is ended at one process is dead at the other within a second (postgres, two processes)', async () => {
  const app = await (await open()).newApp({ roomy: true })
  const [one, two] = app.doors
  const { email } = await one.users.create({ email: newEmail(), password })
  const answer = await two.auth.login({ email, password })
  assert.ok(answer.status === 'authenticated')
  const token = { token: answer.access_token }
  for (const door of app.doors) assert.equal((await door.tokens.validate(token)).active, true)
  await one.auth.logout(token)
  const since = performance.now()
  assert.equal((await one.tokens.validate(token)).active, false)
  while ((await two.tokens.validate(token)).active) assert.ok(performance.now() - since < 1000)
  assert.deepEqual(await two.tokens.validate(token), { active: false, reason: 'revoked' })
})

test('197 of those who come with one code to two processes, one gets in (postgres, two processes)', async () => {
  const app = await (await open()).newApp({ roomy: true })
  const { user, challenges, verify, nextCode } = await createGuarded(app)
  const ids = await challenges(10)
  const code = nextCode()
  const outcomes = await outcomesOf(Array.from({ length: 40 }, (_, index) => verify(index, ids[index % 10]!, code)))
  assert.equal(tally(outcomes)['done'], 1, JSON.stringify(tally(outcomes)))
  const { data } = await app.doors[0].auditEvents.listPage({ user_id: user.id, action: 'mfa_succeeded' })
  assert.equal(data.length, 1)
})

test('198 of a hundred guesses at two processes five passwords are judged, or three codes (postgres, two processes)', async () => {
  const app = await (await open()).newApp({ roomy: true })
  const { email } = await app.doors[0].users.create({ email: newEmail(), password })
  const guesses = Array.from({ length: 100 }, (_, index) => login(app, index, email, `wrong password ${index}`))
  assert.deepEqual(tally(await outcomesOf(guesses)), { invalid_credentials: 5, too_many_attempts: 95 })
  assert.deepEqual(await outcomesOf([0, 1].map((index) => login(app, index, email, password))), [
    'too_many_attempts',
    'too_many_attempts',
  ])

  const { challenges, verify } = await createGuarded(app)
  const ids = await challenges(15)
  const codes = Array.from({ length: 60 }, (_, index) => verify(index, ids[index % 15]!, String(100_000 + index)))
  assert.equal(tally(await outcomesOf(codes))['mfa_code_invalid'], 3)
})

test('199 the right guess beside wrong ones at two processes is one of those that are judged, or none (postgres, two processes)', async () => {
  const app = await (await open()).newApp({ roomy: true })
  const { email } = await app.doors[0].users.create({ email: newEmail(), password })
  for (const index of [0, 1, 2, 3]) await outcomesOf([login(app, index, email, 'wrong password here')])
  const guesses = Array.from({ length: 20 }, (_, index) => (index === 10 ? password : `wrong password ${index}`))
  const outcomes = await outcomesOf(guesses.map((guess, index) => login(app, index, email, guess)))
  const judged = tally(outcomes)
  // There was one place left. If the right one had it, the count began anew.
  if (outcomes[10] === 'done') assert.ok((judged['invalid_credentials'] ?? 0) <= 5, JSON.stringify(judged))
  else assert.deepEqual(judged, { invalid_credentials: 1, too_many_attempts: 19 })
})

test('202 of those who register one address at two processes, one gets it (postgres, two processes)', async () => {
  const app = await (await open()).newApp({ roomy: true })
  const email = newEmail()
  const spellings = [email, email.toUpperCase(), email.replace('person', 'PerSon')]
  const calls = Array.from({ length: 30 }, (_, index) =>
    app.doors[index % 2]!.users.create({ email: spellings[index % 3]! }),
  )
  assert.deepEqual(tally(await outcomesOf(calls)), { done: 1, email_taken: 29 })
})
