import assert from 'node:assert/strict'
import type { User } from '@gatehouse/contract/resources'
import type { PhoneAccount } from '@gatehouse/testing/virtual-phone'
import {
  type App,
  type Attempt,
  assertInactive,
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

const wrongProof = { code: 'mfa_code_invalid', event: 'factor.rejected' } as const

function activateAttempt(factorId: string, code: unknown): Attempt {
  return { path: `/v1/factors/${factorId}/activate`, body: { code } }
}

async function enroll(app: App, user: User) {
  const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'totp' })
  return { id: factor.id, secret: enrollment.secret, account: phone.scan(enrollment.uri) }
}

/** A code that no step of the last and next hour has. */
function wrongCodeFor(app: App, account: PhoneAccount): string {
  const near = new Set(Array.from({ length: 241 }, (_, index) => codeOf(app, account, index - 120)))
  for (let code = 0; ; code++) {
    const text = String(code).padStart(6, '0')
    if (!near.has(text)) return text
  }
}

attack('062 a code is accepted once, also in another session', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  const [first, second, third] = [
    await openChallenge(app, user),
    await openChallenge(app, user),
    await openChallenge(app, user),
  ]
  const code = codeOf(app, phone.account)
  assert.equal((await app.send(verifyAttempt(first, code))).status, 200)
  const used = { code: 'totp_code_reused', event: 'factor.rejected', reason: 'replay' } as const
  for (const typed of [code, ` ${code.slice(0, 3)} ${code.slice(3)} `, `${code.slice(0, 3)}-${code.slice(3)}`]) {
    await assertRefused(app, verifyAttempt(second, typed), { ...used, secrets: [code] })
  }
  // The one who was first is in, and his challenge is closed for this code and for the next.
  const closed = { code: 'challenge_expired', event: 'factor.rejected', reason: 'challenge_expired' } as const
  await assertRefused(app, verifyAttempt(first, code), closed)
  await assertRefused(app, verifyAttempt(first, codeOf(app, phone.account, 1)), closed)
  assert.equal((await app.send(verifyAttempt(third, codeOf(app, phone.account, 1)))).status, 200)
  // An accepted code of the next step spends the present one.
  await assertRefused(app, verifyAttempt(second, code), used)
})

attack('063 a code is good one step early and one step late, no more', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  app.house.server.clock.advance('90s')
  const challenge = await openChallenge(app, user)
  for (const steps of [-2, 2, -3, 3]) {
    const attempt = verifyAttempt(challenge, codeOf(app, phone.account, steps))
    await assertRefused(app, attempt, { ...wrongProof, reason: 'mismatch' })
  }
  assert.equal((await app.send(verifyAttempt(challenge, codeOf(app, phone.account, -1)))).status, 200)
  const next = await openChallenge(app, user)
  assert.equal((await app.send(verifyAttempt(next, codeOf(app, phone.account, 1)))).status, 200)
})

attack('068 an enrolment proves nothing until its first code, and does not wait for ever', async (app) => {
  const { clock } = app.house.server
  const user = await app.createUser({ password })
  const shown = await enroll(app, user)
  assert.match(shown.secret, /^[A-Z2-7]{32}$/)
  for (const path of [`/v1/users/${user.id}/factors`, `/v1/users/${user.id}`, '/v1/audit-events']) {
    const { text } = await app.send({ path })
    assert.ok(!text.includes(shown.secret), path)
  }
  await signIn(app, user)
  await app.sdk.factors.activate({ id: shown.id, code: codeOf(app, shown.account) })
  const challenge = await openChallenge(app, user)
  const pending = await enroll(app, user)
  const ownCode = codeOf(app, pending.account)
  await assertRefused(app, verifyAttempt(challenge, ownCode), { ...wrongProof, secrets: [ownCode] })
  const body = { code: ownCode, factor_id: pending.id }
  await assertRefused(app, { path: `/v1/challenges/${challenge}/verify`, body }, wrongProof)
  await assertRefused(app, activateAttempt(shown.id, codeOf(app, shown.account, 1)), { code: 'factor_already_active' })

  const wrong = wrongCodeFor(app, pending.account)
  for (const _ of [1, 2]) await assertRefused(app, activateAttempt(pending.id, wrong), wrongProof)
  await assertRefused(app, activateAttempt(pending.id, wrong), { ...wrongProof, changes: true })
  await assertRefused(app, activateAttempt(pending.id, codeOf(app, pending.account)), { code: 'not_found' })

  const late = await enroll(app, user)
  clock.advance('599s')
  const inTime = await enroll(app, user)
  clock.advance('1s')
  const expired = { code: 'factor_expired', event: 'factor.rejected', reason: 'expired' } as const
  await assertRefused(app, activateAttempt(late.id, codeOf(app, late.account)), expired)
  await assertRefused(app, activateAttempt(late.id, codeOf(app, late.account)), { code: 'not_found' })
  clock.advance('598s')
  assert.equal((await app.send(activateAttempt(inTime.id, codeOf(app, inTime.account)))).status, 200)
  const { data } = await app.sdk.users.factors.list({ id: user.id })
  assert.deepEqual(
    data.filter((factor) => factor.type === 'totp').map(({ id }) => id),
    [shown.id, inTime.id],
  )
})

attack('069 a code of another form is a wrong code, and never an error of ours', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  const right = codeOf(app, phone.account)
  const malformed = [null, 123_456, true, {}, [], [right], { code: right }, 'x'.repeat(257), 'x'.repeat(10_000)]
  const wrong = [
    ...['', ' ', '0', right.slice(0, 5), `${right}0`, `0${right}`, `${right}00`, `${right}${right}`, `+${right}`],
    ...['abcdef', 'AAAAAA', `${right}.0`, `0x${Number(right).toString(16)}`, `${right}e0`, `-${right}x`, '١٢٣٤٥٦'],
    ...[String.fromCodePoint(...Array.from(right, (digit) => 0xff10 + Number(digit)))],
    ...[`${right}\0`, `\0${right}`, '\ud800', '\u200b'.repeat(6), '$ne', "' or 1=1 --", '%00', '__proto__'],
  ]
  const pending = await enroll(app, user)
  for (const code of malformed) {
    const challenge = await openChallenge(app, user)
    for (const attempt of [verifyAttempt(challenge, code), activateAttempt(pending.id, code)]) {
      const { text } = await assertRefused(app, attempt, { code: 'invalid_request' })
      assert.match(text, /"pointer":"\/code"/)
    }
  }
  for (const code of wrong) {
    const attempt = verifyAttempt(await openChallenge(app, user), code)
    await assertRefused(app, attempt, { ...wrongProof, reason: 'mismatch', secrets: [right] })
    const fresh = await enroll(app, user)
    await assertRefused(app, activateAttempt(fresh.id, code), wrongProof)
    await app.sdk.factors.remove({ id: fresh.id })
  }
  assert.equal((await app.send(verifyAttempt(await openChallenge(app, user), right))).status, 200)
})

attack('070 a factor that is removed is worth nothing at once, and its secret never again', async (app) => {
  const { user, phone: old } = await createGuardedUser(app)
  const token = await (async () => {
    const code = codeOf(app, old.account)
    const answer = await app.send(verifyAttempt(await openChallenge(app, user), code))
    return String(answer.json?.['access_token'])
  })()
  assert.equal((await app.sdk.tokens.validate({ token })).active, true)
  const open = await openChallenge(app, user)
  await app.sdk.factors.remove({ id: old.factorId })
  await assertInactive(app, token, 'revoked')
  for (const steps of [-1, 0, 1]) {
    await assertRefused(app, verifyAttempt(open, codeOf(app, old.account, steps)), wrongProof)
  }
  await assertRefused(app, verifyAttempt(open, old.recoveryCodes[0]), wrongProof)
  await assertRefused(app, activateAttempt(old.factorId, codeOf(app, old.account)), { code: 'not_found' })
  await assertRefused(app, { method: 'DELETE', path: `/v1/factors/${old.factorId}`, body: {} }, { code: 'not_found' })

  const fresh = await enrollPhone(app, user)
  assert.notEqual(fresh.key, old.key)
  const challenge = await openChallenge(app, user)
  for (const steps of [0, 1]) {
    await assertRefused(app, verifyAttempt(challenge, codeOf(app, old.account, steps)), wrongProof)
  }
  assert.equal((await app.send(verifyAttempt(challenge, codeOf(app, fresh.account)))).status, 200)
})

attack('a challenge and a factor answer to their own user, client and tenant', async (app) => {
  const { house } = app
  const mine = await createGuardedUser(app)
  const other = await createGuardedUser(app)
  const challenge = await openChallenge(app, mine.user)
  const code = codeOf(app, other.phone.account)
  const [colleague, foreigner] = [await house.newApp(), await house.newApp({ tenant: 'default' })]
  // Another user's code, also when that user's factor is named.
  await assertRefused(app, verifyAttempt(challenge, code), wrongProof)
  const path = `/v1/challenges/${challenge}/verify`
  await assertRefused(app, { path, body: { code, factor_id: other.phone.factorId } }, wrongProof)
  // The right code, by another client of the tenant, and of another tenant.
  const right = codeOf(app, mine.phone.account)
  for (const by of [colleague, foreigner]) {
    const attempt = { ...verifyAttempt(challenge, right), by }
    await assertRefused(app, attempt, { code: 'challenge_expired', event: 'factor.rejected' })
  }
  const { id } = mine.user
  for (const attempt of [
    { path: `/v1/users/${id}` },
    { path: `/v1/users/${id}/factors` },
    { path: `/v1/users/${id}/factors`, body: { type: 'totp' } },
    { path: `/v1/users/${id}/disable`, body: { reason: 'test' } },
    { method: 'PATCH', path: `/v1/users/${id}`, body: { name: 'x' } },
    { method: 'DELETE', path: `/v1/factors/${mine.phone.factorId}`, body: {} },
    activateAttempt(mine.phone.factorId, right),
  ]) {
    const answer = await assertRefused(app, { ...attempt, by: foreigner }, { code: 'not_found' })
    assert.ok(!answer.text.includes(mine.user.email))
  }
  assert.equal((await app.send(verifyAttempt(challenge, right))).status, 200)
})
