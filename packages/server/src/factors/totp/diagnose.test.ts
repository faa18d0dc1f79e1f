import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hotp } from '../hotp/hotp.ts'
import { diagnose } from './diagnose.ts'

const key = Buffer.from('12345678901234567890')
const step = 1_000_000

test('the code of a phone whose clock is wrong tells by how many steps', () => {
  for (const drift of [-10, -2, 2, 10]) {
    const code = hotp(key, BigInt(step + drift), { algorithm: 'sha256', digits: 8 })
    assert.deepEqual(diagnose(code, key, step), { drift_steps: drift, matches_algorithm: 'sha256', matches_digits: 8 })
  }
})

test('the code of an app that ignores the settings tells which ones it used', () => {
  const code = hotp(key, BigInt(step), { algorithm: 'sha1', digits: 6 })
  assert.deepEqual(diagnose(code, key, step), { drift_steps: 0, matches_algorithm: 'sha1', matches_digits: 6 })
})

test('any other code tells nothing', () => {
  const tooFar = hotp(key, BigInt(step + 11), { algorithm: 'sha1', digits: 6 })
  for (const code of [tooFar, '', '1234567', 'abcdef', 'k7m2q9xw4tzd81ab']) {
    assert.equal(diagnose(code, key, step), undefined, code)
  }
})
