import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { defaultPolicy } from '@gatehouse/contract/policy'
import {
  type Answer,
  type App,
  type Attempt,
  attack,
  attacksOn,
  codeOf,
  createGuardedUser,
  enrollPhone,
  openChallenge,
  type Person,
  password,
  phone,
  sendTogether,
  verifyAttempt,
} from './support.ts'

/** A challenge takes as many answers as come, so that all of them are judged. */
const race = attacksOn({ challengeAttempts: 1000 })

/** A few in CI; GATEHOUSE_RACE_ROUNDS=50 is what the catalogue speaks of. */
const rounds = Number(process.env['GATEHOUSE_RACE_ROUNDS'] ?? 4)

/** How often each outcome came. */
function tally(answers: readonly Answer[]): Record<string, number> {
  const outcomes = Object.entries(
    Object.groupBy(answers, ({ status, json }) => `${status} ${json?.['code'] ?? ''}`.trim()),
  )
  return Object.fromEntries(outcomes.map(([outcome, all = []]) => [outcome, all.length]))
}

/** Sends all at once, and finds on record what was answered: one success, and a refusal for each of the others. */
async function assertOneSucceeds(app: App, attempts: readonly Attempt[], proven: string): Promise<void> {
  let answers: readonly Answer[] = []
  const record = await app.house.recordOf(async () => {
    answers = await sendTogether(app, attempts)
  })
  const refusals = attempts.length - 1
  assert.equal(answers.filter(({ status }) => status === 200).length, 1, JSON.stringify(tally(answers)))
  assert.equal(answers.filter(({ status }) => status === 401).length, refusals, JSON.stringify(tally(answers)))
  const types = Object.groupBy(record, ({ type }) => type)
  assert.deepEqual(
    Object.entries(types)
      .map(([type, events = []]) => [type, events.length])
      .toSorted(),
    [
      ['factor.rejected', refusals],
      [proven, 1],
      ['login.succeeded', 1],
    ].toSorted(),
  )
}

/** A hundred answers with one code, to a dozen challenges in turn: those that come first must not meet in one challenge. */
async function answerWith(app: App, user: Person, code: string): Promise<readonly Attempt[]> {
  const challenges = await Promise.all(Array.from({ length: 12 }, () => openChallenge(app, user)))
  return Array.from({ length: 100 }, (_, index) => verifyAttempt(challenges[index % 12]!, code))
}

race('197 of a hundred who come with one code at once, one gets in', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  for (let round = 0; round < rounds; round++) {
    app.house.server.clock.advance('60s')
    await assertOneSucceeds(app, await answerWith(app, user, codeOf(app, phone.account)), 'factor.verified')
  }
})

race('197 of a hundred who come with one recovery code at once, one gets in', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  for (const code of phone.recoveryCodes.slice(0, 2)) {
    await assertOneSucceeds(app, await answerWith(app, user, code), 'recovery_code.used')
  }
})

race('197 of a hundred who answer one challenge at once, with codes that are all right, one gets in', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  for (let round = 0; round < rounds; round++) {
    app.house.server.clock.advance('120s')
    const challenge = await openChallenge(app, user)
    const codes = [-1, 0, 1].map((steps) => codeOf(app, phone.account, steps))
    const attempts = Array.from({ length: 100 }, (_, index) => verifyAttempt(challenge, codes[index % 3]))
    await assertOneSucceeds(app, attempts, 'factor.verified')
  }
})

attack('197 a challenge takes five answers, also when a hundred come at once', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  const challenge = await openChallenge(app, user)
  const wrong = await sendTogether(
    app,
    Array.from({ length: 100 }, () => verifyAttempt(challenge, '00000')),
  )
  assert.deepEqual(tally(wrong), { '401 challenge_expired': 95, '401 mfa_code_invalid': 5 })
  const right = await app.send(verifyAttempt(challenge, codeOf(app, phone.account)))
  assert.equal(right.json?.['code'], 'challenge_expired')
})

const { loginLockFailures, mfaWindowFailures, mfaLongestWaitSeconds } = defaultPolicy()
const limited = attacksOn({ loginLockFailures, mfaWindowFailures, mfaLongestWaitSeconds, challengeAttempts: 1000 })

limited('198 twenty of one person who are right at once are in, or come again in a second', async (app) => {
  const { email } = await app.createUser({ password })
  const attempt: Attempt = { path: '/v1/auth/login', body: { email, password } }
  const answers = await sendTogether(
    app,
    Array.from({ length: 20 }, () => attempt),
  )
  assert.ok(answers.some(({ status }) => status === 200))
  for (const { status, headers, text } of answers) {
    assert.ok(status === 200 || (status === 429 && headers['retry-after'] === '1'), text)
  }
  app.house.server.clock.advance('1s')
  assert.equal((await app.send(attempt)).status, 200)
})

limited(
  '198 199 of a hundred passwords at once the right one counts among the first five or not at all',
  async (app) => {
    for (const place of [0, 4, 5, 50, 99]) {
      const { email } = await app.createUser({ password })
      const guess = (typed: string): Attempt => ({ path: '/v1/auth/login', body: { email, password: typed } })
      const guesses = Array.from({ length: 99 }, (_, index) => guess(`${password} ${index}`))
      const answers = await sendTogether(app, guesses.toSpliced(place, 0, guess(password)))
      const { '401 invalid_credentials': wrong = 0, '200': right = 0 } = tally(answers)
      const said = JSON.stringify(tally(answers))
      assert.equal(answers.filter(({ status }) => status === 429).length, 100 - wrong - right, said)
      // Whoever is right has the count start anew, so that five more are judged after four before it.
      assert.ok(right === 1 ? wrong <= 9 : wrong === 5, said)
      // What has been locked stays so, whoever is right.
      const locked = await app.send(guess(`${password} again`))
      if (right === 0) assert.equal(locked.json?.['code'], 'too_many_attempts')
      const { status } = await app.send(guess(password))
      assert.equal(status, locked.status === 429 ? 429 : 200)
    }
  },
)

limited('198 199 after three wrong codes the right one is refused, however many come at once', async (app) => {
  for (const place of [0, 2, 3, 50, 99]) {
    const { user, phone } = await createGuardedUser(app)
    const challenge = await openChallenge(app, user)
    const guesses = Array.from({ length: 99 }, (_, index) => verifyAttempt(challenge, String(10_000 + index)))
    const right = verifyAttempt(challenge, codeOf(app, phone.account))
    const answers = await sendTogether(app, guesses.toSpliced(place, 0, right))
    const { '401 mfa_code_invalid': wrong = 0, '200': entered = 0 } = tally(answers)
    assert.ok(wrong <= 3 && wrong + entered >= 1, JSON.stringify(tally(answers)))
    if (entered === 0) {
      assert.equal(wrong, 3)
      assert.notEqual((await app.send({ ...right })).status, 200)
    }
  }
})

/** What somebody has whose factors are changed by many at once: a real one, or nothing at all. */
async function assertNeverCodesAlone(app: App, user: Person, what: string): Promise<readonly string[]> {
  const { data } = await app.sdk.users.factors.list({ id: user.id })
  const active = data.filter(({ state }) => state === 'active').map(({ type }) => type)
  assert.ok(active.length === 0 || active.some((type) => type !== 'recovery_codes'), `${what}: ${active}`)
  assert.ok(active.filter((type) => type === 'recovery_codes').length <= 1, `${what}: ${active}`)
  return active
}

const remove = (factorId: string): Attempt => ({ method: 'DELETE', path: `/v1/factors/${factorId}`, body: {} })

attack('201 whoever removes the last factors at once is not left with recovery codes alone', async (app) => {
  for (let round = 0; round < 3 * rounds; round++) {
    const { user, phone } = await createGuardedUser(app)
    const others = await Promise.all([enrollPhone(app, user), enrollPhone(app, user)])
    const factorIds = [phone.factorId, ...others.map(({ factorId }) => factorId)]
    const answers = await sendTogether(app, factorIds.map(remove))
    assert.deepEqual(tally(answers), { '200': 3 })
    assert.deepEqual(await assertNeverCodesAlone(app, user, 'all removed'), [])
  }
})

attack('201 a factor that is removed by many at once is removed once', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  let answers: readonly Answer[] = []
  const record = await app.house.recordOf(async () => {
    answers = await sendTogether(
      app,
      Array.from({ length: 30 }, () => remove(phone.factorId)),
    )
  })
  assert.deepEqual(tally(answers), { '200': 1, '404 not_found': 29 })
  assert.equal(record.filter(({ type }) => type === 'factor.removed').length, 2)
  assert.deepEqual(await assertNeverCodesAlone(app, user, 'removed'), [])
})

attack(
  '201 one factor is removed while another is enrolled and activated, and codes come with what stays',
  async (app) => {
    for (let round = 0; round < 2 * rounds; round++) {
      const { user, phone: old } = await createGuardedUser(app)
      const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'totp' })
      const activate = {
        path: `/v1/factors/${factor.id}/activate`,
        body: { code: codeOf(app, phone.scan(enrollment.uri)) },
      }
      const enroll = { path: `/v1/users/${user.id}/factors`, body: { type: 'totp' } }
      const together = [remove(old.factorId), activate, enroll, enroll]
      const answers = await sendTogether(app, round % 2 === 0 ? together : together.toReversed())
      assert.deepEqual(tally(answers), { '200': 2, '201': 2 })
      const active = await assertNeverCodesAlone(app, user, 'one for another')
      assert.deepEqual(active.toSorted(), ['recovery_codes', 'totp'])
    }
  },
)

attack('201 recovery codes that are activated while the last factor is removed stand for nothing', async (app) => {
  for (let round = 0; round < 2 * rounds; round++) {
    const { user, phone: old } = await createGuardedUser(app)
    const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'recovery_codes' })
    assert.ok(enrollment.type === 'recovery_codes')
    const activate = { path: `/v1/factors/${factor.id}/activate`, body: { code: enrollment.codes[0] } }
    const together = [activate, remove(old.factorId)]
    const answers = await sendTogether(app, round % 2 === 0 ? together : together.toReversed())
    assert.ok(answers.every(({ status }) => status === 200 || (status >= 400 && status < 500)))
    assert.deepEqual(await assertNeverCodesAlone(app, user, JSON.stringify(tally(answers))), [])
  }
})

attack('nobody who signs in while a first factor is activated comes in without it', async (app) => {
  for (let round = 0; round < rounds; round++) {
    const user = await app.createUser({ password })
    const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'totp' })
    const activate = {
      path: `/v1/factors/${factor.id}/activate`,
      body: { code: codeOf(app, phone.scan(enrollment.uri)) },
    }
    const login = { path: '/v1/auth/login', body: { email: user.email, password } }
    let answers: readonly Answer[] = []
    const record = await app.house.recordOf(async () => {
      answers = await sendTogether(app, [login, login, activate, login, login])
    })
    assert.deepEqual(tally(answers), { '200': 5 })
    const times = record.map(({ type }) => type)
    const activated = times.indexOf('factor.activated')
    assert.ok(activated >= 0 && !times.slice(activated).includes('login.succeeded'), times.join(' '))
  }
})

attack('202 of a hundred who register one address at once, in all its spellings, one gets it', async (app) => {
  for (let round = 0; round < rounds; round++) {
    const nonce = randomUUID()
    const spellings = ['jos\u00e9', 'jose\u0301', 'JOS\u00c9', 'JOSE\u0301'].flatMap((name) =>
      ['example.test', 'EXAMPLE.test', '\uff45xample.test'].map((domain) => `${name}${nonce}@${domain}`),
    )
    const answers = await sendTogether(
      app,
      Array.from({ length: 100 }, (_, index) => ({ path: '/v1/users', body: { email: spellings[index % 12] } })),
    )
    assert.deepEqual(tally(answers), { '201': 1, '409 email_taken': 99 })
    const winner = answers.find(({ status }) => status === 201)
    for (const email of spellings) {
      assert.deepEqual((await app.sdk.users.listPage({ email })).data, [winner?.json])
    }
  }
  const externalId = randomUUID()
  const registered = await sendTogether(
    app,
    Array.from({ length: 30 }, () => ({
      path: '/v1/users',
      body: { email: `${randomUUID()}@example.test`, external_id: externalId },
    })),
  )
  assert.deepEqual(tally(registered), { '201': 1, '409 external_id_taken': 29 })
  // With a password, where each of them takes its time.
  const email = `${randomUUID()}@example.test`
  const answers = await sendTogether(
    app,
    Array.from({ length: 12 }, () => ({ path: '/v1/users', body: { email, password } })),
  )
  assert.deepEqual(tally(answers), { '201': 1, '409 email_taken': 11 })
  assert.equal((await app.sdk.auth.login({ email, password })).status, 'authenticated')
})

attack('two who change to one address at once do not both get it', async (app) => {
  const email = `${randomUUID()}@example.test`
  const users = await Promise.all(Array.from({ length: 10 }, () => app.createUser()))
  const answers = await sendTogether(
    app,
    users.map(({ id }) => ({ method: 'PATCH', path: `/v1/users/${id}`, body: { email } })),
  )
  assert.equal(answers.filter(({ status }) => status === 200).length, 1, JSON.stringify(tally(answers)))
  assert.equal(answers.filter(({ status }) => status === 409).length, 9, JSON.stringify(tally(answers)))
})

attack('an enrolment that is confirmed many times at once is confirmed once, and stays', async (app) => {
  const user = await app.createUser({ password })
  const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'totp' })
  const code = codeOf(app, phone.scan(enrollment.uri))
  const path = `/v1/factors/${factor.id}/activate`
  let answers: readonly Answer[] = []
  const record = await app.house.recordOf(async () => {
    answers = await sendTogether(
      app,
      Array.from({ length: 30 }, () => ({ path, body: { code } })),
    )
  })
  assert.equal(answers.filter(({ status }) => status === 200).length, 1, JSON.stringify(tally(answers)))
  assert.ok(answers.every(({ status }) => status === 200 || (status >= 400 && status < 500)))
  assert.equal(record.filter(({ outcome }) => outcome !== 'success').length, 29)
  const { data } = await app.sdk.users.factors.list({ id: user.id })
  assert.deepEqual(data.map(({ type, state }) => `${type} ${state}`).toSorted(), [
    'recovery_codes active',
    'totp active',
  ])
})

attack('an enrolment whose last try was right is not ended by the wrong ones beside it', async (app) => {
  const { user } = await createGuardedUser(app)
  for (const order of [0, 1, 2]) {
    const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'totp' })
    const path = `/v1/factors/${factor.id}/activate`
    const codes = ['00000', '00000'].toSpliced(order, 0, codeOf(app, phone.scan(enrollment.uri)))
    const answers = await sendTogether(
      app,
      codes.map((code) => ({ path, body: { code } })),
    )
    const { data } = await app.sdk.users.factors.list({ id: user.id })
    const state = data.find(({ id }) => id === factor.id)?.state
    const wasRight = answers.some(({ status }) => status === 200)
    assert.equal(state, wasRight ? 'active' : undefined, JSON.stringify(tally(answers)))
  }
})

attack('two first factors that are confirmed at once bring one set of recovery codes', async (app) => {
  const user = await app.createUser({ password })
  const enrolled = await Promise.all([1, 2, 3].map(() => app.sdk.users.factors.enroll({ id: user.id, type: 'totp' })))
  const answers = await sendTogether(
    app,
    enrolled.map(({ factor, enrollment }) => ({
      path: `/v1/factors/${factor.id}/activate`,
      body: { code: codeOf(app, phone.scan(enrollment.uri)) },
    })),
  )
  assert.deepEqual(tally(answers), { '200': 3 })
  assert.equal(answers.filter(({ json }) => json?.['recovery_codes'] !== undefined).length, 1)
  const { data } = await app.sdk.users.factors.list({ id: user.id })
  assert.equal(data.filter(({ type }) => type === 'recovery_codes').length, 1)
})

attack(
  'a wrong first code that is sent many times at once ends the enrolment, and is on record each time',
  async (app) => {
    const user = await app.createUser()
    const { factor } = await app.sdk.users.factors.enroll({ id: user.id, type: 'totp' })
    const path = `/v1/factors/${factor.id}/activate`
    const record = await app.house.recordOf(() =>
      sendTogether(
        app,
        Array.from({ length: 30 }, () => ({ path, body: { code: '00000' } })),
      ),
    )
    assert.equal(record.filter(({ outcome }) => outcome !== 'success').length, 30)
    assert.deepEqual((await app.sdk.users.factors.list({ id: user.id })).data, [])
  },
)

attack('nobody comes in with a second factor while the account is being disabled', async (app) => {
  for (let round = 0; round < rounds; round++) {
    const { user, phone } = await createGuardedUser(app)
    const challenge = await openChallenge(app, user)
    const disable = { path: `/v1/users/${user.id}/disable`, body: { reason: 'test' } }
    const verify = verifyAttempt(challenge, codeOf(app, phone.account))
    const [first, second] = await sendTogether(app, round % 2 === 0 ? [disable, verify] : [verify, disable])
    const [disabled, verified] = round % 2 === 0 ? [first, second] : [second, first]
    assert.equal(disabled?.status, 200)
    const token = verified?.json?.['access_token']
    if (typeof token === 'string') assert.equal((await app.sdk.tokens.validate({ token })).active, false)
    else assert.equal(verified?.json?.['code'], 'challenge_expired')
  }
})

attack('a session ends once, however many end it', async (app) => {
  const user = await app.createUser({ password })
  const answer = await app.sdk.auth.login({ email: user.email, password })
  assert.ok(answer.status === 'authenticated')
  const body = { token: answer.access_token }
  let answers: readonly Answer[] = []
  const record = await app.house.recordOf(async () => {
    answers = await sendTogether(
      app,
      Array.from({ length: 30 }, () => ({ path: '/v1/auth/logout', body })),
    )
  })
  assert.deepEqual(tally(answers), { '200': 1, '401 token_invalid': 29 })
  assert.equal(record.filter(({ type }) => type === 'session.ended').length, 1)
  assert.equal(record.filter(({ type }) => type === 'token.rejected').length, 29)
})
