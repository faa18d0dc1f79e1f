import assert from 'node:assert/strict'
import {
  type App,
  assertRefused,
  attack,
  attackOnSqlite,
  codeOf,
  createGuardedUser,
  openChallenge,
  verifyAttempt,
} from './support.ts'

const used = { code: 'recovery_code_used', event: 'factor.rejected', reason: 'replay' } as const

attack('110 a recovery code opens the door once', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  for (const [index, code] of phone.recoveryCodes.slice(0, 3).entries()) {
    const answer = await app.send(verifyAttempt(await openChallenge(app, user), code))
    assert.equal(answer.status, 200, answer.text)
    assert.deepEqual(answer.json?.['recovery'], { codes_left: 9 - index })
    // It opens half a door: no second factor is proven.
    const { claims } = await app.sdk.tokens.validate({ token: String(answer.json?.['access_token']) })
    assert.deepEqual([claims?.acr, claims?.security['2fa_verified']], ['recovery', false])
    await assertRefused(app, verifyAttempt(await openChallenge(app, user), code), { ...used, secrets: [code] })
  }
  // They are a way beside the factor, not in place of it.
  const challenge = await openChallenge(app, user)
  await assertRefused(app, verifyAttempt(challenge, phone.recoveryCodes[0]), used)
  assert.equal((await app.send(verifyAttempt(challenge, codeOf(app, phone.account)))).status, 200)
})

attack('111 recovery codes are shown once', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  assert.equal(new Set(phone.recoveryCodes).size, 10)
  for (const code of phone.recoveryCodes) assert.match(code, /^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/)
  const challenge = await openChallenge(app, user)
  const answers = [
    await app.send({ path: `/v1/users/${user.id}/factors` }),
    await app.send({ path: `/v1/users/${user.id}` }),
    await app.send({ path: '/v1/audit-events?limit=200' }),
    await app.send({ path: `/v1/audit-events?user_id=${user.id}` }),
    await app.send(verifyAttempt(challenge, phone.recoveryCodes[9])),
  ]
  for (const { status, text } of answers) {
    assert.equal(status, 200)
    for (const code of phone.recoveryCodes) {
      assert.ok(!text.includes(code) && !text.includes(code.replaceAll('-', '')))
    }
  }
  // A second factor brings no second set: nobody who enrols one gets to see codes.
  const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'recovery_codes' })
  const path = `/v1/factors/${factor.id}/activate`
  const [acknowledged, ...others] = enrollment.codes
  const answer = await app.send({ path, body: { code: acknowledged } })
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.json?.['recovery_codes'], undefined)
  // The code that acknowledged the new set is used.
  const next = await openChallenge(app, user)
  await assertRefused(app, verifyAttempt(next, acknowledged), used)
  assert.equal((await app.send(verifyAttempt(next, others[0]))).status, 200)
})

/** As people type a code; the last ones take digits for the letters that look like them. */
const spellings: readonly ((code: string) => string)[] = [
  (code) => code.toUpperCase(),
  (code) => code.replaceAll('-', ''),
  (code) => code.replaceAll('-', ' '),
  (code) => `  ${code.toUpperCase().replaceAll('-', ' - ')}\n`,
  (code) => Array.from(code).join(' '),
  (code) => code.replaceAll('1', 'i').replaceAll('0', 'o'),
  (code) => code.replaceAll('1', 'l').replaceAll('0', 'O'),
  (code) => code.replaceAll('1', 'I'),
  (code) => code.replaceAll('1', 'L').toUpperCase(),
]

attackOnSqlite('112 a recovery code is understood as people type it, and is used in every spelling', async (app) => {
  const { user, codes } = await findUserWithAmbiguousCodes(app)
  for (const [index, spell] of spellings.entries()) {
    const code = codes[index]!
    assert.equal((await app.send(verifyAttempt(await openChallenge(app, user), spell(code)))).status, 200, spell(code))
    const challenge = await openChallenge(app, user)
    for (const again of [code, spell(code), spellings[(index + 1) % spellings.length]!(code)]) {
      await assertRefused(app, verifyAttempt(challenge, again), used)
    }
  }
  // What only looks alike is not the code.
  const [last = ''] = codes.slice(-1)
  const challenge = await openChallenge(app, user)
  const wrong = [
    `${last}0`,
    last.slice(0, -1),
    `u${last.slice(1)}`,
    last.replace(/[a-z]/, '\u212a'),
    last.replace(/\d/, '٣'),
  ]
  for (const typed of wrong) {
    const attempt = verifyAttempt(challenge, typed)
    await assertRefused(app, attempt, { code: 'mfa_code_invalid', event: 'factor.rejected', reason: 'mismatch' })
  }
})

/** Of ten codes some six have a 0 or a 1; they come last, where the spellings want them. */
async function findUserWithAmbiguousCodes(app: App) {
  const { user, phone } = await createGuardedUser(app)
  const isAmbiguous = (code: string) => /[01]/.test(code)
  const codes = phone.recoveryCodes.toSorted((a, b) => Number(isAmbiguous(a)) - Number(isAmbiguous(b)))
  return { user, codes }
}

attack('113 a set of codes is good until its successor is acknowledged, and not a moment longer', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  const enroll = () => app.sdk.users.factors.enroll({ id: user.id, type: 'recovery_codes' })
  const unknown = { code: 'mfa_code_invalid', event: 'factor.rejected' } as const
  const acknowledge = (id: string, code: string | undefined) => ({ path: `/v1/factors/${id}/activate`, body: { code } })
  const given = await enroll()
  const [acknowledged = '', fresh = ''] = given.enrollment.codes
  // Shown and not acknowledged: the old set is good, the new one is not.
  await assertRefused(app, verifyAttempt(await openChallenge(app, user), fresh), { ...unknown, secrets: [fresh] })
  assert.equal((await app.send(verifyAttempt(await openChallenge(app, user), phone.recoveryCodes[0]))).status, 200)
  await assertRefused(app, acknowledge(given.factor.id, phone.recoveryCodes[1]), unknown)
  assert.equal((await app.send(acknowledge(given.factor.id, acknowledged))).status, 200)
  for (const old of phone.recoveryCodes.slice(0, 3)) {
    await assertRefused(app, verifyAttempt(await openChallenge(app, user), old), { ...unknown, secrets: [old] })
  }
  // A set that nobody has acknowledged dies with its time.
  const forgotten = await enroll()
  app.house.server.clock.advance('10m')
  const late = acknowledge(forgotten.factor.id, forgotten.enrollment.codes[0])
  await assertRefused(app, late, { code: 'factor_expired', event: 'factor.rejected' })
  assert.equal((await app.send(verifyAttempt(await openChallenge(app, user), fresh))).status, 200)
})

attack('114 a guess costs no more at ten codes than at one', async (app) => {
  const many = await createGuardedUser(app)
  const few = await createGuardedUser(app)
  for (const code of few.phone.recoveryCodes.slice(1)) {
    assert.equal((await app.send(verifyAttempt(await openChallenge(app, few.user), code))).status, 200)
  }
  const times = { many: [] as number[], few: [] as number[] }
  for (let index = 0; index < 40; index++) {
    for (const [name, { user }] of Object.entries({ many, few }) as ['many' | 'few', typeof many][]) {
      const challenge = await openChallenge(app, user)
      const since = performance.now()
      const { status } = await app.send(verifyAttempt(challenge, `0000-0000-0000-${String(index).padStart(4, '0')}`))
      times[name].push(performance.now() - since)
      assert.equal(status, 401)
    }
  }
  const median = (all: readonly number[]) => all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0
  const [ten, one] = [median(times.many), median(times.few)]
  assert.ok(ten < one * 3 + 5, `ten codes: ${ten} ms, one code: ${one} ms`)
})
