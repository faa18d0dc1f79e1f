import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultPolicy } from '@gatehouse/contract/policy'
import fc from 'fast-check'
import { loadCommonPasswords } from './common-passwords.ts'
import { checkPassword, type PasswordProblem, type PasswordRules } from './password-policy.ts'

const common = await loadCommonPasswords()
const rules: PasswordRules = {
  standsAlone: false,
  policy: defaultPolicy(),
  common,
  email: 'ada.byron+shop@example.com',
  name: 'Ada Lovelace',
  serviceNames: ['Gatehouse', 'Customer Portal'],
}

function assertRefused(password: string, reason: PasswordProblem['reason'], more: Partial<PasswordRules> = {}): void {
  assert.equal(checkPassword(password, { ...rules, ...more })?.reason, reason, JSON.stringify(password))
}

function assertAccepted(password: string, more: Partial<PasswordRules> = {}): void {
  assert.equal(checkPassword(password, { ...rules, ...more }), undefined, JSON.stringify(password))
}

test('8 characters are enough beside a second factor, 15 where the password stands alone', () => {
  assertRefused('tr7-bob', 'too_short')
  assertAccepted('tr7-bobs')
  assertRefused('tr7-bobs-kettl', 'too_short', { standsAlone: true })
  assertAccepted('tr7-bobs-kettle', { standsAlone: true })
})

test('characters are counted as people count them: code points of the normal form', () => {
  assertRefused('😀'.repeat(7), 'too_short')
  assertAccepted('😀'.repeat(8))
  assertRefused('e\u0301'.repeat(7), 'too_short')
  assertAccepted('😀'.repeat(256))
})

test('an operator may ask for more characters, and alone a password never needs fewer than beside a factor', () => {
  const policy = { ...defaultPolicy(), passwordCharacters: 20 }
  assertRefused('nineteen characters', 'too_short', { policy })
  assertRefused('nineteen characters', 'too_short', { policy, standsAlone: true })
  assertAccepted('nineteen characters.', { policy, standsAlone: true })
  assertRefused('x'.repeat(65), 'too_long', { policy: { ...policy, passwordLongest: 64 } })
})

test('a password of 256 characters is accepted and one of 257 refused, never cut', () => {
  assertAccepted('xy'.repeat(128))
  assertRefused(`${'xy'.repeat(128)}z`, 'too_long')
})

test('there are no rules of composition: any character will do, at any place', () => {
  assertAccepted('kettlebobs')
  assertAccepted('KETTLEBOBS')
  assertAccepted('8264019375')
  assertAccepted('        ')
  assertAccepted(' kettle ')
  assertAccepted('ket\u0000tlebobs')
  assertAccepted('пароль-мой')
  assertAccepted('🦊🦊🦊🦊🦊🦊🦊🦊')
})

test('a common password is refused with the reason, in any case', () => {
  for (const password of ['password', 'PassWord', '12345678', 'iloveyou1', 'qwertyuiop', 'trustno1', 'password123']) {
    assertRefused(password, 'common')
  }
  assert.match(checkPassword('password', rules)?.detail ?? '', /used most and guessed first/)
})

test('a password that only contains a common one is not common', () => {
  assertAccepted('password-kettle')
})

test('the names of owner and service are refused inside a password', () => {
  assertRefused('ada.byron+shop@example.com', 'contains_name')
  assertRefused('xx-ada.byron-xx', 'contains_name')
  assertRefused('adalovelace1815', 'contains_name')
  assertRefused('Ada Lovelace 1815', 'contains_name')
  assertRefused('lovelace-1815', 'contains_name')
  assertRefused('my gatehouse', 'contains_name')
  assertRefused('GateHouse2026', 'contains_name')
  assertRefused('customerportal!', 'contains_name')
})

test('names of fewer than four characters are no reason to refuse', () => {
  assertAccepted('canadian-moose', { email: 'ada@example.com', name: 'Al Di', serviceNames: ['can'] })
  assertAccepted('canadian-moose', { email: 'canada', name: null, serviceNames: [] })
})

test('text that is not Unicode is refused: its hash would not be its own', () => {
  assertRefused('kettle-bobs-\ud800', 'malformed')
})

test('the verdict never repeats the password and never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (password) => {
      const problem = checkPassword(password, rules)
      if (problem && password.length > 8) assert.equal(problem.detail.includes(password), false)
    }),
  )
})

test('the list of common passwords is long, and has none that its length alone would refuse', async () => {
  const { commonPasswordList } = await import('./common-password-list.ts')
  const entries = commonPasswordList.slice(1, -1).split('\n')
  assert.ok(entries.length >= 3000, `${entries.length} entries`)
  for (const [at, entry] of entries.entries()) {
    assert.ok([...entry].length >= 8 && entry === entry.normalize('NFC').toLowerCase(), entry)
    if (at % 100 === 0) assert.equal(common.has(entry), true, entry)
  }
  assert.equal(common.has(`${entries[0]}\n${entries[1]}`), false)
})

test('a hostile password is judged in a few milliseconds', () => {
  const { has } = common
  for (const password of ['a'.repeat(256), '\n'.repeat(256), '0123456789'.repeat(25), '12345678'.repeat(32)]) {
    const start = performance.now()
    for (let i = 0; i < 10; i++) has(password)
    assert.ok(performance.now() - start < 100)
  }
})
