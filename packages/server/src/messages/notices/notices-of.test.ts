import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events } from '@gatehouse/contract/events'
import { type Happening, isTold, noticesOf } from './notices-of.ts'
import { markPlace } from './place-mark.ts'

const at = Date.parse('2026-11-22T10:00:00Z')
const happening = (type: Happening['type'], more: Partial<Happening> = {}): Happening => ({
  id: 'evt_1',
  type,
  at,
  userId: 'usr_1',
  ipAddress: '192.0.2.1',
  userAgent: 'Mozilla/5.0',
  data: {},
  ...more,
})
const kindsOf = (type: Happening['type'], data: Happening['data'] = {}) =>
  noticesOf(happening(type, { data })).map(({ to, content }) => `${to}: ${content.kind}`)

test('the owner is told of what changes their account, and administrators of recovery codes', () => {
  assert.deepEqual(kindsOf('user.locked'), ['owner: account_locked'])
  assert.deepEqual(kindsOf('password.changed'), ['owner: password_changed'])
  assert.deepEqual(kindsOf('user.email_changed'), ['everywhere: email_changed'])
  assert.deepEqual(kindsOf('factor.activated', { factor_type: 'totp' }), ['owner: factor_added'])
  assert.deepEqual(kindsOf('factor.removed', { was_active: true }), ['owner: factor_removed'])
  assert.deepEqual(kindsOf('factor.removed', { was_active: false }), [])
  assert.deepEqual(kindsOf('factor.suspended'), ['owner: factor_suspended'])
  const ends = '2027-11-22T12:00:00.000Z'
  assert.deepEqual(kindsOf('factor.expiring', { factor_type: 'webauthn', ends }), ['owner: factor_expiring'])
  assert.deepEqual(kindsOf('factor.rejected', { reason: 'month_limit' }), ['owner: mfa_month_limit'])
  assert.deepEqual(kindsOf('factor.rejected', { reason: 'mismatch' }), [])
  assert.deepEqual(kindsOf('recovery_code.used', { codes_left: 9 }), [
    'owner: recovery_code_used',
    'administrators: admin_recovery_code_used',
  ])
  assert.deepEqual(kindsOf('recovery_code.used', { codes_left: 2 }), [
    'owner: recovery_code_used',
    'owner: recovery_codes_low',
    'administrators: admin_recovery_code_used',
  ])
})

test('nothing is told of a message that failed, or each failure would bring the next', () => {
  assert.equal(isTold('message.failed'), false)
  for (const type of Object.keys(events) as Happening['type'][]) {
    if (!isTold(type)) assert.deepEqual(noticesOf(happening(type)), [], type)
  }
})

test('what anybody can set off comes once a day, what changes the account comes each time', () => {
  const keys = (type: Happening['type'], count: number, everyMs: number) =>
    new Set(
      Array.from(
        { length: count },
        (_, i) => noticesOf(happening(type, { id: `evt_${i}`, at: at + i * everyMs }))[0]?.onceKey,
      ),
    ).size
  assert.equal(keys('user.locked', 100, 1000), 1)
  assert.equal(keys('factor.suspended', 100, 1000), 1)
  assert.equal(keys('user.locked', 7, 86_400_000), 7)
  assert.equal(keys('password.changed', 100, 1000), 100)
})

test('a place is a program, a system and a network', () => {
  const firefox = (version: number, system = 'X11; Linux x86_64') =>
    `Mozilla/5.0 (${system}; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`
  const home = markPlace('192.0.2.7', firefox(140))
  assert.deepEqual(markPlace('192.0.99.1', firefox(150)), home)
  assert.notDeepEqual(markPlace('192.1.2.7', firefox(140)), home)
  assert.notDeepEqual(markPlace('192.0.2.7', firefox(140, 'Windows NT 10.0')), home)
  assert.notDeepEqual(markPlace('2001:db8::1', firefox(140)), markPlace('2001:db9::1', firefox(140)))
  assert.deepEqual(markPlace('2001:db8::1', firefox(140)), markPlace('2001:db8:1:2::9', firefox(140)))
  assert.deepEqual(markPlace(null, null), markPlace(null, null))
})
