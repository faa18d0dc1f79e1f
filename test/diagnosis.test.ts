import assert from 'node:assert/strict'
import { encodeBase32 } from '@gatehouse/server/factors/base32'
import {
  type App,
  type Attempt,
  assertRefused,
  attack,
  codeOf,
  createGuardedUser,
  openChallenge,
  password,
  phone,
  verifyAttempt,
} from './attacks/support.ts'

const wrongProof = { code: 'mfa_code_invalid', event: 'factor.rejected', reason: 'mismatch' } as const

/** What the record says of the newest refusal of a factor. */
async function lastRejection(app: App): Promise<Readonly<Record<string, unknown>>> {
  const { data } = await app.sdk.auditEvents.listPage({ action: 'mfa_failed', limit: 1 })
  return data[0]?.data ?? {}
}

async function enroll(app: App, id: `usr_${string}`, form: { algorithm?: 'sha256'; digits?: 8 } = {}) {
  const { factor, enrollment } = await app.sdk.users.factors.enroll({ id, type: 'totp', ...form })
  const attempt = (code: string): Attempt => ({ path: `/v1/factors/${factor.id}/activate`, body: { code } })
  return { id: factor.id, attempt, account: phone.scan(enrollment.uri) }
}

attack('at a sign-in a wrong code is a wrong code, and the record knows what it looks like', async (app) => {
  const { user, phone: own } = await createGuardedUser(app)
  app.house.server.clock.advance('90s')
  const waiting = await enroll(app, user.id)
  const answers: unknown[] = []
  const see = async (code: string, looks: Readonly<Record<string, unknown>>) => {
    const answer = await assertRefused(app, verifyAttempt(await openChallenge(app, user), code), wrongProof)
    const { request_id, server_time, ...said } = answer.json ?? {}
    assert.equal(server_time, app.house.server.clock.now().toISOString())
    answers.push(said)
    const { looks_like, drift_steps, matches_algorithm, other_factor_id, other_factor_state } = await lastRejection(app)
    assert.deepEqual(
      { looks_like, drift_steps, matches_algorithm, other_factor_id, other_factor_state },
      {
        drift_steps: undefined,
        matches_algorithm: undefined,
        other_factor_id: undefined,
        other_factor_state: undefined,
        ...looks,
      },
    )
  }
  await see(codeOf(app, own.account, 3), { looks_like: 'clock_drift', drift_steps: 3 })
  const other = codeOf(app, { ...own.account, algorithm: 'SHA256' })
  await see(other, { looks_like: 'other_settings', matches_algorithm: 'sha256' })
  // That of the enrolment.
  await see(codeOf(app, own.account, -4), { looks_like: 'used_before' })
  const pending = { looks_like: 'other_factor', other_factor_id: waiting.id, other_factor_state: 'pending' }
  await see(codeOf(app, waiting.account), pending)
  const undecoded = Buffer.from(encodeBase32(own.account.key))
  await see(codeOf(app, { ...own.account, key: undecoded }), { looks_like: 'key_not_decoded' })
  await see('abcdef', { looks_like: undefined })
  // Six different reasons, one answer.
  assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1)
})

attack('whoever enrols an app is told what is wrong with its code', async (app) => {
  const user = await app.createUser({ password })
  const hintFor = async (attempt: Attempt) => (await assertRefused(app, attempt, wrongProof)).json?.['hint']
  const forgotten = await enroll(app, user.id)
  const strict = await enroll(app, user.id, { algorithm: 'sha256', digits: 8 })
  const drifted = await hintFor(strict.attempt(codeOf(app, strict.account, 4)))
  assert.match(String(drifted), /^The clock of the device is about 1[0-3]\d seconds fast\./)
  const lazy = { ...strict.account, algorithm: 'SHA1', digits: 6 } as const
  assert.match(
    String(await hintFor(strict.attempt(codeOf(app, lazy)))),
    /with SHA-1 and 6 digits, this factor needs SHA-256 and 8 digits/,
  )
  const fresh = await enroll(app, user.id)
  assert.match(String(await hintFor(fresh.attempt(codeOf(app, forgotten.account)))), /another entry/)
  const { other_factor_id, other_factor_type, other_factor_state } = await lastRejection(app)
  assert.deepEqual([other_factor_id, other_factor_type, other_factor_state], [forgotten.id, 'totp', 'pending'])
  // Nothing of this was spent: the forgotten one is activated by the very code.
  assert.equal((await app.send(forgotten.attempt(codeOf(app, forgotten.account)))).status, 200)
  assert.match(String(await hintFor(fresh.attempt('abcdef'))), /^Use the code that the app shows now/)
})

attack(
  'a code of another factor of the same user is told from a wrong one, and a stranger gets nothing of it',
  async (app) => {
    const { user, phone: own } = await createGuardedUser(app)
    app.house.server.clock.advance('90s')
    const second = await enroll(app, user.id)
    assert.equal((await app.send(second.attempt(codeOf(app, second.account)))).status, 200)
    app.house.server.clock.advance('90s')
    const asked = (code: string | undefined, factor_id: string) => async () => {
      const id = await openChallenge(app, user)
      return { path: `/v1/challenges/${id}/verify`, body: { factor_id, code } }
    }
    await assertRefused(app, await asked(codeOf(app, second.account), own.factorId)(), wrongProof)
    assert.equal((await lastRejection(app))['other_factor_id'], second.id)
    await assertRefused(app, await asked(own.recoveryCodes[0], own.factorId)(), wrongProof)
    assert.equal((await lastRejection(app))['other_factor_type'], 'recovery_codes')
    const { user: stranger } = await createGuardedUser(app)
    await assertRefused(app, verifyAttempt(await openChallenge(app, stranger), codeOf(app, own.account)), wrongProof)
    assert.equal((await lastRejection(app))['looks_like'], undefined)
    // The code of the other factor was not spent by being looked at.
    const used = await asked(codeOf(app, second.account), second.id)()
    assert.equal((await app.send(used)).status, 200)
  },
)

attack('a token is diagnosed, when its codes are asked for and when it is resynchronised', async (app) => {
  const { user } = await createGuardedUser(app)
  const key = Buffer.from('12345678901234567890')
  const { factor } = await app.sdk.users.factors.enroll({ id: user.id, type: 'hotp', secret: encodeBase32(key) })
  const press = (counter: number) =>
    codeOf(app, { issuer: '', label: '', key, algorithm: 'SHA1', digits: 6, period: 30 }, counter - stepNow(app))
  const far = { path: `/v1/factors/${factor.id}/activate`, body: { code: press(31) } }
  const refused = await assertRefused(app, far, wrongProof)
  assert.match(String(refused.json?.['hint']), /^The token is 31 presses ahead/)
  assert.equal((await app.send({ ...far, body: { code: press(0) } })).status, 200)
  const resync = { path: `/v1/factors/${factor.id}/resync`, body: { codes: [press(50), press(51)] } }
  await assertRefused(app, resync, wrongProof)
  const { looks_like, counter_ahead } = await lastRejection(app)
  assert.deepEqual([looks_like, counter_ahead], ['counter_ahead', 49])
})

function stepNow(app: App): number {
  return Math.floor(app.house.server.clock.now().getTime() / 30_000)
}
