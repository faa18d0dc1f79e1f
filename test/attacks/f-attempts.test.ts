import assert from 'node:assert/strict'
import {
  type Answer,
  type App,
  type Attempt,
  assertInactive,
  assertRefused,
  attack,
  attacksOn,
  codeOf,
  createGuardedUser,
  type Enrolled,
  enrollPhone,
  openChallenge,
  type Person,
  password,
  sendTogether,
  signIn,
  verifyAttempt,
} from './support.ts'

const counted = attacksOn({
  mfaWindowFailures: 3,
  mfaSuspendFailures: 20,
  mfaMonthlyFailures: 100,
  mfaLongestWaitSeconds: 300,
  loginLockFailures: 5,
})

const wrongProof = { code: 'mfa_code_invalid', event: 'factor.rejected', reason: 'mismatch' } as const
const locked = { code: 'too_many_attempts', event: 'factor.rejected', reason: 'locked' } as const

let sources = 0
/** An answer to a challenge from a source that has not been seen. */
function answer(challenge: string, code: string, more: object = {}): Attempt {
  const ip = `198.51.${sources >> 8}.${sources++ & 255}`
  return { path: `/v1/challenges/${challenge}/verify`, body: { code, end_user: { ip }, ...more } }
}

counted(
  '066 guesses over many sessions, sources and factors are one count, and the right code waits as well',
  async (app) => {
    const { clock } = app.house.server
    const { user, phone } = await createGuardedUser(app)
    const second = await enrollPhone(app, user)
    const challenges: string[] = []
    for (let index = 0; index < 50; index++) challenges.push(await openChallenge(app, user))
    const next = () => challenges.pop() ?? ''
    clock.advance('1s')
    // One at each factor: an app, the other one, and a recovery code.
    await assertRefused(app, answer(next(), '000000', { factor_id: phone.factorId }), wrongProof)
    await assertRefused(app, answer(next(), '000000', { factor_id: second.factorId }), wrongProof)
    clock.advance('29s')
    await assertRefused(app, answer(next(), '0000-0000-0000-0000'), wrongProof)
    const rights = [
      () => codeOf(app, phone.account),
      () => codeOf(app, second.account),
      () => String(phone.recoveryCodes[0]),
    ]
    for (const right of rights) {
      const refused = await assertRefused(app, answer(next(), right()), { ...locked, secrets: [right()] })
      assert.equal(refused.headers['retry-after'], '271')
    }
    const answers = await Promise.all(Array.from({ length: 30 }, () => app.send(answer(next(), '000000'))))
    assert.ok(answers.every(({ status }) => status === 429))
    clock.advance('270s')
    const late = await openChallenge(app, user)
    await assertRefused(app, answer(late, rights[0]!()), locked)
    clock.advance('1s')
    assert.equal((await app.send(answer(late, rights[0]!()))).status, 200)
  },
)

counted('066 the wait grows with every failure in a row, up to five minutes, and ends with a success', async (app) => {
  const { clock } = app.house.server
  const { user, phone } = await createGuardedUser(app)
  // 30, 60, 120, 300 by the row; longer where the window of 300 seconds has three in it.
  for (const waitSeconds of [0, 0, 30, 70, 200, 300, 300]) {
    await assertRefused(app, answer(await openChallenge(app, user), '000000'), wrongProof)
    if (waitSeconds === 0) {
      // Far enough apart for the window: only the row is felt.
      clock.advance('200s')
      continue
    }
    const refused = await assertRefused(app, answer(await openChallenge(app, user), codeOf(app, phone.account)), locked)
    assert.equal(refused.headers['retry-after'], String(waitSeconds))
    clock.advance(waitSeconds * 1000)
  }
  assert.equal((await app.send(answer(await openChallenge(app, user), codeOf(app, phone.account)))).status, 200)
})

const monthly = attacksOn({ mfaMonthlyFailures: 10, mfaWindowFailures: 5, challengeAttempts: 10 })

monthly(
  '066 a month takes so many wrong codes, whatever is right between them, and the owner hears of it',
  async (app) => {
    const { clock, outbox } = app.house.server
    const { user, phone } = await createGuardedUser(app)
    const right = async () => answer(await openChallenge(app, user), codeOf(app, phone.account))
    const begun = clock.now().getTime()
    for (let failure = 0; failure < 10; failure++) {
      clock.advance('10m')
      await assertRefused(app, answer(await openChallenge(app, user), '000000'), wrongProof)
      clock.advance('10m')
      if (failure < 9) assert.equal((await app.send(await right())).status, 200)
    }
    const full = { ...locked, reason: 'month_limit' } as const
    await assertRefused(app, await right(), full)
    clock.advance('29d')
    const late = await assertRefused(app, await right(), full)
    // A day as a whole: up to one more for what was early on it.
    assert.ok(Number(late.headers['retry-after']) <= 2 * 86_400, String(late.headers['retry-after']))
    const mails = (await outbox.all()).filter(({ to, kind }) => to === user.email && kind === 'mfa_month_limit')
    assert.equal(mails.length, 1)
    clock.advance(Number(late.headers['retry-after']) * 1000)
    assert.ok(clock.now().getTime() - begun > 30 * 86_400_000)
    assert.equal((await app.send(await right())).status, 200)
  },
)

counted('199 the right code beside wrong ones is one of the three that are judged, or none', async (app) => {
  for (let round = 0; round < 4; round++) {
    const { user, phone } = await createGuardedUser(app)
    const ids: string[] = []
    for (let index = 0; index < 12; index++) ids.push(await openChallenge(app, user))
    const right = codeOf(app, phone.account)
    await app.send(answer(ids[0]!, '000000'))
    await app.send(answer(ids[0]!, '000001'))
    const codes = Array.from({ length: 30 }, (_, index) => (index === round * 9 ? right : String(100_000 + index)))
    const answers = await sendTogether(
      app,
      codes.map((code, index) => answer(ids[index % 12]!, code)),
    )
    const got = answers[round * 9]
    // There was one place left in the window, and who had it is judged. A success takes nothing but itself out of it.
    const judged = answers.filter(({ json }) => json?.['code'] === 'mfa_code_invalid').length
    assert.ok(got?.status === 200 ? judged <= 1 : judged === 1, `${got?.text} ${judged}`)
    const after = await app.send(answer(await openChallenge(app, user), codeOf(app, phone.account, 1)))
    if (judged === 1) assert.equal(after.status, 429, after.text)
  }
})

counted('199 the right password beside wrong ones is one of the five that are judged, or none', async (app) => {
  for (let round = 0; round < 3; round++) {
    const user = await app.createUser({ password })
    const login = (secret: string) => ({ path: '/v1/auth/login', body: { email: user.email, password: secret } })
    for (let index = 0; index < 4; index++) await app.send(login('wrong password here'))
    const secrets = Array.from({ length: 20 }, (_, index) =>
      index === round * 9 ? password : `wrong password ${index}`,
    )
    const answers = await sendTogether(app, secrets.map(login))
    const right = answers[round * 9]
    const judged = answers.filter(({ status }) => status === 401).length
    // There was one place left. If the right one had it, the count began anew.
    assert.ok(right?.status === 200 ? judged <= 5 : right?.status === 429 && judged === 1, `${right?.status} ${judged}`)
  }
})

attack('072 a clock that steps back revives no code', async (app) => {
  const { clock } = app.house.server
  const { user, phone } = await createGuardedUser(app)
  clock.advance('10m')
  const used = [codeOf(app, phone.account, -1), codeOf(app, phone.account), codeOf(app, phone.account, 1)]
  assert.equal((await app.send(verifyAttempt(await openChallenge(app, user), used[2]))).status, 200)
  clock.advance(-120_000)
  const before = [-1, 0, 1].map((steps) => codeOf(app, phone.account, steps))
  const challenge = await openChallenge(app, user)
  for (const code of before.slice(0, 2)) {
    const replay = { code: 'totp_code_reused', event: 'factor.rejected', reason: 'replay', secrets: [code] } as const
    await assertRefused(app, verifyAttempt(challenge, code), replay)
  }
  for (const code of used) await assertRefused(app, verifyAttempt(await openChallenge(app, user), code), wrongProof)
  clock.advance('90s')
  // Back at the step before the last one: what was used then is used.
  for (const code of used) {
    const { status, json } = await app.send(verifyAttempt(await openChallenge(app, user), code))
    assert.equal(status, 401, JSON.stringify(json))
  }
  clock.advance('90s')
  assert.equal((await app.send(verifyAttempt(await openChallenge(app, user), codeOf(app, phone.account)))).status, 200)
})

async function claimsOf(app: App, { json, text }: Answer) {
  assert.equal(json?.['status'], 'authenticated', text)
  const { claims } = await app.sdk.tokens.validate({ token: String(json?.['access_token']) })
  return [claims?.acr, claims?.amr, claims?.security['2fa_verified']]
}

attack('073 a password alone, or a challenge alone, is no second factor', async (app) => {
  const user = await app.createUser({ password })
  const token = await signIn(app, user)
  const { claims } = await app.sdk.tokens.validate({ token })
  assert.deepEqual([claims?.acr, claims?.amr, claims?.security['2fa_verified']], ['aal1', ['pwd'], false])
  const phone = await enrollPhone(app, user)
  // What was proven then has not become more.
  const { claims: still } = await app.sdk.tokens.validate({ token })
  assert.ok(still === undefined || still.acr === 'aal1')
  const body = { email: user.email, password }
  const half = await app.send({ path: '/v1/auth/login', body })
  assert.deepEqual([half.json?.['status'], half.json?.['access_token']], ['mfa_required', undefined])
  const id = (half.json?.['challenge'] as { id: string } | undefined)?.id ?? ''
  await assertInactive(app, id, 'invalid')
  for (const extra of [{ mfa: true }, { acr: 'aal2' }, { amr: ['pwd', 'otp'] }, { skip_mfa: true }]) {
    const refused = await app.send({ path: '/v1/auth/login', body: { ...body, ...extra } })
    assert.deepEqual([refused.status, refused.json?.['code']], [400, 'unknown_parameter'])
  }
  // The factor without the password: nothing to answer to.
  const code = codeOf(app, phone.account)
  const nobody = `chl_${'0'.repeat(26)}`
  const expired = { code: 'challenge_expired', event: 'factor.rejected' } as const
  await assertRefused(app, verifyAttempt(nobody, code), { ...expired, secrets: [code] })
  const whole = await app.send(verifyAttempt(id, code))
  assert.deepEqual(await claimsOf(app, whole), ['aal2', ['pwd', 'otp', 'mfa'], true])
})

attack('074 two apps are one kind of proof, and the second brings nothing that the first has not', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  const second: Enrolled = await enrollPhone(app, user)
  const challenge = await openChallenge(app, user)
  const first = await app.send(verifyAttempt(challenge, codeOf(app, phone.account)))
  assert.deepEqual(await claimsOf(app, first), ['aal2', ['pwd', 'otp', 'mfa'], true])
  const closed = { code: 'challenge_expired', event: 'factor.rejected' } as const
  await assertRefused(app, verifyAttempt(challenge, codeOf(app, second.account)), closed)
  // The apps do not answer for each other, and neither set of codes is the other's.
  const named = async (user: Person, factorId: string, code: string) => {
    const path = `/v1/challenges/${await openChallenge(app, user)}/verify`
    return { path, body: { code, factor_id: factorId } }
  }
  await assertRefused(app, await named(user, second.factorId, codeOf(app, phone.account, 1)), wrongProof)
  await assertRefused(app, await named(user, phone.factorId, codeOf(app, second.account)), wrongProof)
  const recovery = String(phone.recoveryCodes[0])
  const recovered = await app.send(verifyAttempt(await openChallenge(app, user), recovery))
  assert.equal((await claimsOf(app, recovered))[0], 'recovery')
})
