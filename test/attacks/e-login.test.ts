import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { User } from '@gatehouse/contract/resources'
import { setPassword } from '@gatehouse/server/passwords/password.store'
import { startPasswordHasher } from '@gatehouse/server/passwords/password-hasher'
import { assertSameTime } from './compare-times.ts'
import { openHouse } from './open-house.ts'
import { type Answer, assertRefused, attack, createGuardedUser, lastCode, password, signIn } from './support.ts'

attack('051 nobody learns from a sign-in that fails why it failed', async (app) => {
  const guarded = await createGuardedUser(app)
  const disabled = await app.createUser({ password })
  await app.sdk.users.disable({ id: disabled.id, reason: 'test' })
  const known = await app.createUser({ password })
  const without = await app.createUser()
  const verified = await app.createUser({ password })
  await app.sdk.users.emailVerification.send({ id: verified.id })
  await app.sdk.users.emailVerification.confirm({ id: verified.id, code: await lastCode(app, verified.email) })
  const wrong = `${password}!`
  const rows: readonly [email: string, password: string, reason: string][] = [
    [`${randomUUID()}@example.test`, password, 'unknown_user'],
    ['nobody@xn--bcher-kva.example', password, 'unknown_user'],
    [known.email, wrong, 'wrong_password'],
    [known.email, password.toUpperCase(), 'wrong_password'],
    [known.email, 'x', 'wrong_password'],
    [verified.email, wrong, 'wrong_password'],
    [guarded.user.email, wrong, 'wrong_password'],
    [disabled.email, wrong, 'wrong_password'],
    [disabled.email, password, 'user_disabled'],
    [without.email, password, 'wrong_password'],
  ]
  const answers: Answer[] = []
  for (const [email, typed, reason] of rows) {
    const headers = { 'x-request-id': 'the-same-for-all' }
    const attempt = { path: '/v1/auth/login', body: { email, password: typed }, headers }
    const secrets = [typed]
    answers.push(
      await assertRefused(app, attempt, { code: 'invalid_credentials', event: 'login.failed', reason, secrets }),
    )
  }
  const tell = ({ status, headers, text }: Answer) => ({ status, text, headers: Object.keys(headers).toSorted() })
  for (const answer of answers) assert.deepEqual(tell(answer), tell(answers[0]!))
})

attack('054 a password is verified as it was sent, in its normal form', async (app) => {
  const cases: readonly { readonly set: string; readonly same?: string; readonly other: readonly string[] }[] = [
    { set: 'a'.repeat(32) + 'b'.repeat(32), other: ['a'.repeat(32) + 'b'.repeat(31), `${'a'.repeat(64)}`] },
    { set: 'c'.repeat(100) + 'd'.repeat(28), other: [`${'c'.repeat(100)}${'d'.repeat(27)}e`] },
    { set: `${'e'.repeat(255)}f`, other: ['e'.repeat(255), `${'e'.repeat(255)}ff`, `${'e'.repeat(255)}f\0`] },
    {
      set: '  spaces at both ends  ',
      other: ['spaces at both ends', ' spaces at both ends ', '  spaces at both ends'],
    },
    { set: 'before the nul\0after', other: ['before the nul', 'before the nul\0', 'before the nul\0other'] },
    { set: '🔑🗝️🔐🚪🏠👩🏽‍💻🧂🌶️🧵🪡', other: ['🔑🗝🔐🚪🏠👩🏽‍💻🧂🌶🧵🪡', '?'.repeat(15)] },
    {
      set: 'caf\u00e9 cr\u00e8me br\u00fbl\u00e9e',
      same: 'cafe\u0301 cre\u0300me bru\u0302le\u0301e',
      other: ['cafe creme brulee'],
    },
    { set: 'fi\ufb01fi full \uff57idth K\u212a', other: ['fififi full width KK'] },
    { set: 'Case Matters Here', other: ['case matters here'] },
  ]
  for (const { set, same = set, other } of cases) {
    const { email } = await app.createUser({ password: set })
    for (const typed of [set, same]) {
      const answer = await app.sdk.auth.login({ email, password: typed })
      assert.equal(answer.status, 'authenticated', JSON.stringify(typed))
    }
    for (const typed of other) {
      const attempt = { path: '/v1/auth/login', body: { email, password: typed } }
      await assertRefused(app, attempt, {
        code: 'invalid_credentials',
        event: 'login.failed',
        reason: 'wrong_password',
      })
    }
  }
  const email = `${randomUUID()}@example.test`
  for (const long of ['x'.repeat(257), '🔑'.repeat(257), 'x'.repeat(1024), 'x'.repeat(1025), 'x'.repeat(20_000)]) {
    const attempt = { path: '/v1/users', body: { email, password: long } }
    await assertRefused(app, attempt, { code: 'invalid_request', secrets: [long] })
  }
  await assertRefused(
    app,
    { path: '/v1/users', body: { email, password: '\ud800'.repeat(20) } },
    { code: 'invalid_request' },
  )
})

attack(
  'a password that is changed or an account that is disabled ends the session of whoever is signing in',
  async (app) => {
    for (const end of [
      (user: User) => app.sdk.users.disable({ id: user.id, reason: 'test' }),
      (user: User) => app.sdk.users.update({ id: user.id, password: `${password} and more` }),
    ]) {
      const user = await app.createUser({ password })
      const signIns = Array.from({ length: 8 }, () =>
        app.send({ path: '/v1/auth/login', body: { email: user.email, password } }),
      )
      // While the first passwords are being hashed.
      await signIn(app, await app.createUser({ password }))
      await end(user)
      for (const { json } of await Promise.all(signIns)) {
        const token = json?.['access_token']
        if (typeof token === 'string') assert.equal((await app.sdk.tokens.validate({ token })).active, false)
        else assert.equal(json?.['code'], 'invalid_credentials')
      }
    }
  },
)

test('053 a failed sign-in goes to the database as often, whatever it fails by', async (t) => {
  const house = await openHouse(t)
  const app = await house.newApp()
  const [known, disabled] = [await app.createUser({ password }), await app.createUser({ password })]
  const guarded = await createGuardedUser(app)
  const without = await app.createUser()
  await app.sdk.users.disable({ id: disabled.id, reason: 'test' })
  const { storage } = house.parts
  const seen = [
    ...(['first', 'list', 'search', 'commit'] as const).map((name) => t.mock.method(storage, name)),
    ...(['hit', 'once', 'update'] as const).map((name) => t.mock.method(storage.counters, name)),
  ]
  const goes = async (email: string, typed: string, device_token?: string) => {
    for (const { mock } of seen) mock.resetCalls()
    const body = { email, password: typed, ...(device_token && { end_user: { device_token } }) }
    assert.equal((await app.send({ path: '/v1/auth/login', body })).status, 401)
    return seen.map(({ mock }) => mock.callCount())
  }
  const wrong = `${password}!`
  const foreign = `dvt_${'A'.repeat(49)}`
  await goes(known.email, wrong)
  const usual = await goes(known.email, wrong)
  const withDevice = await goes(known.email, wrong, foreign)
  assert.notDeepEqual(usual, withDevice)
  for (const [email, typed] of [
    ['nobody@example.test', wrong],
    [without.email, wrong],
    [guarded.user.email, wrong],
    [disabled.email, wrong],
    [disabled.email, password],
  ] as const) {
    assert.deepEqual(await goes(email, typed), usual, email)
    assert.deepEqual(await goes(email, typed, foreign), withDevice, email)
  }
})

for (const engine of ['sqlite', 'postgres'] as const) {
  test(`053 how long a failed sign-in takes does not tell why it failed (${engine})`, async (t) => {
    const house = await openHouse(t, { engine })
    const app = await house.newApp()
    const { hasher: _, keys, storage } = house.parts
    const newUser = () => app.createUser({ password })

    const [known, control, disabled, old] = [await newUser(), await newUser(), await newUser(), await newUser()]
    const guarded = await createGuardedUser(app)
    const without = await app.createUser()
    await app.sdk.users.disable({ id: disabled.id, reason: 'test' })
    const weak = startPasswordHasher(keys, { inFlight: 1, cost: { memoryKib: 8192, passes: 2 } })
    const { hash, pepperId } = await weak.hash(password)
    await weak.close()
    const tenant_id = (await storage.search((db) => db.selectFrom('user').select('tenant_id')))[0]!.tenant_id
    const row = { user_id: old.id, tenant_id, hash, pepper_id: pepperId, changed_at: 0, by_mail: 0 } as const
    assert.equal((await storage.commit([setPassword(row)], [])).done, true)

    const wrong = `${password}!`
    const kinds: Readonly<Record<string, readonly [email: string, password: string]>> = {
      'a known user': [known.email, wrong],
      'another known user': [control.email, wrong],
      'an unknown user': ['nobody@example.test', wrong],
      'a user without a password': [without.email, wrong],
      'a user with a second factor': [guarded.user.email, wrong],
      'a disabled user and the right password': [disabled.email, password],
      'a hash of old parameters': [old.email, wrong],
      'a password of a kilobyte': [known.email, 'x'.repeat(1024)],
    }
    const signIns = Object.entries(kinds).map(([kind, [email, typed]]) => {
      const attempt = async () => {
        const { status } = await app.send({ path: '/v1/auth/login', body: { email, password: typed } })
        assert.equal(status, 401)
      }
      return [kind, attempt] as const
    })
    // The server learns how much work an old hash lacks from the first ones that it sees.
    for (let round = 0; round < 15; round++) {
      for (const [kind, attempt] of signIns) if (kind === 'a hash of old parameters') await attempt()
    }
    await assertSameTime(t, Object.fromEntries(signIns))
  })
}
