import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TenantRules } from '@gatehouse/contract/policy-operations'
import { mfaStateOf } from './mfa-state.ts'

test('the whole table: what somebody has, what is demanded, and how far they have come', () => {
  const rows = [
    ['', 'optional', 0, 'none'],
    ['', 'optional', 2, 'none'],
    ['', 'required', 0, 'incomplete'],
    ['recovery_codes', 'required', 0, 'incomplete'],
    ['totp', 'required', 0, 'complete'],
    ['totp', 'optional', 1, 'backup_incomplete'],
    ['totp recovery_codes', 'required', 1, 'complete'],
    ['totp webauthn', 'required', 1, 'complete'],
    ['totp recovery_codes', 'required', 2, 'backup_incomplete'],
    ['totp webauthn recovery_codes', 'required', 2, 'complete'],
    ['totp webauthn sms', 'required', 2, 'complete'],
  ] as const
  for (const [owned, mfa, backups, state] of rows) {
    const active = owned.split(' ').flatMap((type) => (type ? [{ type, confirmed_at: 1 }] : []))
    assert.equal(mfaStateOf(active, TenantRules.parse({ mfa, backups })), state, `${owned} ${mfa} ${backups}`)
  }
})
