import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearNames } from './name-near.ts'
import { checkFilter, checkType } from './webhook-types.ts'

test('who has mistyped a name is told of those that share a word with it', () => {
  const known = ['failed_login', 'login', 'logout', 'lockout', 'mfa_failed']
  assert.deepEqual(nearNames('login.failed', known), ['failed_login', 'login', 'mfa_failed'])
  assert.deepEqual(nearNames('nonsense', known), [])
  assert.throws(() => checkType('user.lock'), /^Error: user.lock is no type of event; there are .*user\.locked/)
  assert.throws(() => checkType('user.*'), /no type of event/)
  assert.throws(() => checkFilter('nonsense'), /there are user.locked, alert.raised and others/)
  assert.equal(checkFilter('user.*'), 'user.*')
})
