import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inOfferOrder } from './list-factors.ts'

test('factors are offered strongest first, the last used of a type before its like, recovery codes last', () => {
  const codes = { type: 'recovery_codes', last_used_at: 9 }
  const unused = { type: 'totp', last_used_at: null }
  const before = { type: 'totp', last_used_at: 1 }
  const latest = { type: 'totp', last_used_at: 2 }
  const rows = [codes, unused, before, latest]
  assert.deepEqual(inOfferOrder(rows), [latest, before, unused, codes])
  assert.deepEqual(rows, [codes, unused, before, latest])
})
