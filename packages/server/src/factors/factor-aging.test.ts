import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { passkeyOrigin, startTestServer } from '@gatehouse/testing/start-test-server'
import { virtualPasskey } from '@gatehouse/testing/virtual-passkey'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import { nextNote, startAge } from './factor-age.ts'
import { listAskable } from './list-factors.ts'

const password = 'seven unrelated words in a row'

async function start(t: TestContext) {
  const server = await startTestServer()
  t.after(() => server.stop())
  const gatehouse = await server.client()
  const user = await gatehouse.users.create({ email: 'ada@example.test', password })
  const add = async (attachment: 'platform' | 'cross-platform') => {
    const passkey = virtualPasskey({ origin: passkeyOrigin, attachment })
    const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'webauthn' })
    const made = { ...passkey.create(enrollment.options) }
    const { factor: active } = await gatehouse.factors.activate({ id: factor.id, response: made })
    const signIn = async () => {
      const { options } = await gatehouse.auth.passkey.options({})
      const answer = gatehouse.auth.passkey.verify({ response: { ...passkey.get(options) } })
      return answer.then(
        () => 'in',
        ({ code }: { code: string }) => code,
      )
    }
    return { factor: active, signIn }
  }
  /** What is said of ages on a day, and in how many days it ends. */
  const runJobs = async () => {
    const before = (await gatehouse.auditEvents.listPage({ limit: 1 })).data[0]?.id
    await server.runJobs()
    const said: string[] = []
    for await (const { id, action, data } of gatehouse.auditEvents.list()) {
      if (id === before) break
      if (action.startsWith('factor_exp')) said.unshift(`${action} ${data['days_left'] ?? data['goes_on']}`)
    }
    return said
  }
  return { server, gatehouse, user, add, runJobs }
}

test('a passkey is renewed after a year and a security key after two, told 60, 14 and 3 days before', async (t) => {
  const { server, add, runJobs } = await start(t)
  const [passkey, key] = [await add('platform'), await add('cross-platform')]
  const daysOf = (renewBy: string | null) => (Date.parse(renewBy ?? '') - server.clock.now().getTime()) / 86_400_000
  assert.deepEqual([daysOf(passkey.factor.renew_by), daysOf(key.factor.renew_by)], [365, 730])
  const said: Record<number, readonly string[]> = {}
  for (let day = 0; day <= 366; day++) {
    const today = [303, 304, 305, 306, 350, 351, 352, 361, 362, 364, 365, 366].includes(day) ? await runJobs() : []
    if (today.length > 0) said[day] = today
    if (day === 364) assert.equal(await passkey.signIn(), 'in')
    if (day === 365) assert.equal(await passkey.signIn(), 'invalid_credentials')
    server.clock.advance('1d')
  }
  assert.deepEqual(said, {
    305: ['factor_expiring 60'],
    351: ['factor_expiring 14'],
    362: ['factor_expiring 3'],
    365: ['factor_expired false'],
  })
  assert.equal(await key.signIn(), 'in')
})

test('the last factor that can be used does not age', async (t) => {
  const { server, gatehouse, user, add, runJobs } = await start(t)
  const [passkey, key] = [await add('platform'), await add('cross-platform')]
  server.clock.advance('731d')
  assert.deepEqual(await runJobs(), ['factor_expired false', 'factor_expired true'])
  assert.equal(await passkey.signIn(), 'invalid_credentials')
  assert.equal(await key.signIn(), 'in')
  // With something else at hand its time is over, and with that gone it is the last again.
  const phone = virtualPhone()
  const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'totp' })
  const code = phone.nextCode(phone.scan(enrollment.uri), server.clock.now())
  await gatehouse.factors.activate({ id: factor.id, code })
  assert.equal(await key.signIn(), 'invalid_credentials')
  const offered = await gatehouse.auth.login({ email: user.email, password })
  assert.ok(offered.status === 'mfa_required')
  assert.deepEqual(
    offered.challenge.factors.map(({ type }) => type),
    ['totp', 'recovery_codes'],
  )
  await gatehouse.factors.remove({ id: factor.id })
  assert.equal(await key.signIn(), 'in')
})

const now = new Date('2026-11-22T12:00:00Z')
const row = { type: 'webauthn', confirmed_at: 1, suspended_at: null, renew_by: null }
const past = { ...row, renew_by: now.getTime() }
const longPast = { ...row, renew_by: 5 }
const codes = { ...row, type: 'recovery_codes' }

test('recovery codes are no reason to end the last factor', () => {
  assert.deepEqual(listAskable([past, codes], now), [past, codes])
  assert.deepEqual(listAskable([longPast, past, codes], now), [past, codes])
  assert.deepEqual(listAskable([row, past, codes], now), [row, codes])
  assert.deepEqual(listAskable([{ ...row, suspended_at: 1 }, past], now), [past])
  assert.deepEqual(listAskable([{ ...past, suspended_at: 1 }], now), [])
  assert.deepEqual(listAskable([{ ...row, confirmed_at: null }], now), [])
})

test('of a short life only what is still to come is said', () => {
  assert.deepEqual(startAge(undefined, now), { renew_by: null, renewal_note_at: null })
  const day = 86_400_000
  const end = now.getTime() + 30 * day
  assert.deepEqual(startAge(30, now), { renew_by: end, renewal_note_at: end - 14 * day })
  assert.equal(nextNote(end, new Date(end - 1)), end)
  assert.equal(nextNote(end, new Date(end)), null)
})
