import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SealedEvent } from '../log/log-reader.ts'
import { signalsOf } from './signals-of.ts'

const rejected = (data: object) =>
  signalsOf({
    id: 'evt_1',
    tenant_id: 'default',
    type: 'factor.rejected',
    user_id: 'usr_1',
    data: JSON.stringify(data),
  } as unknown as SealedEvent).map(({ rule }) => rule)

test('wrong codes count, on a device of the owner only those that come while they should wait', () => {
  const judged = { factor_id: 'fac_1', reason: 'mismatch' }
  assert.deepEqual(rejected(judged), ['mfa_failures'])
  assert.deepEqual(rejected({ ...judged, factor_id: null }), ['mfa_failures'])
  assert.deepEqual(rejected({ ...judged, known_device: true }), [])
  for (const reason of ['locked', 'month_limit']) assert.deepEqual(rejected({ reason }), ['mfa_failures'], reason)
  assert.deepEqual(rejected({ reason: 'challenge_expired' }), [])
  assert.deepEqual(rejected({ ...judged, factor_type: 'totp', known_device: true }), ['method_switching'])
})
