import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diagnose } from './diagnose.ts'
import { hotp } from './hotp.ts'
import type { HotpData } from './hotp-token.ts'

const key = Buffer.from('12345678901234567890')
const stored: HotpData = { key: key.toString('base64url'), algorithm: 'sha1', digits: 6, counter: '500' }
const codeOf = (counter: bigint, form: Partial<HotpData> = {}) => hotp(key, counter, { ...stored, ...form })

test('a token that was pressed too often tells how often', () => {
  assert.deepEqual(diagnose(codeOf(506n), stored), { looks_like: 'counter_ahead', counter_ahead: 6 })
  assert.deepEqual(diagnose(codeOf(599n), stored), { looks_like: 'counter_ahead', counter_ahead: 99 })
  assert.equal(diagnose(codeOf(600n), stored), undefined)
})

test('a code that was used or passed over is an old one', () => {
  assert.deepEqual(diagnose(codeOf(499n), stored), { looks_like: 'used_before', counter_behind: 1 })
  assert.deepEqual(diagnose(codeOf(400n), stored), { looks_like: 'used_before', counter_behind: 100 })
  assert.equal(diagnose(codeOf(399n), stored), undefined)
})

test('a token with other settings than those that were entered tells which', () => {
  assert.deepEqual(diagnose(codeOf(502n, { algorithm: 'sha256' }), stored), {
    looks_like: 'other_settings',
    matches_algorithm: 'sha256',
    matches_digits: 6,
    needs_algorithm: 'sha1',
    needs_digits: 6,
  })
  assert.equal(diagnose(codeOf(502n, { digits: 8 }), stored)?.['matches_digits'], 8)
})

test('a counter at either end of its 64 bits is searched as far as it goes', () => {
  assert.equal(diagnose(codeOf(1n), { ...stored, counter: '0' })?.['counter_ahead'], 1)
  const last = 2n ** 64n - 1n
  assert.equal(diagnose(codeOf(last), { ...stored, counter: String(last) })?.['counter_ahead'], 0)
  assert.equal(diagnose(codeOf(last), { ...stored, counter: String(last + 1n) })?.['counter_behind'], 1)
})

test('any other text tells nothing', () => {
  for (const code of ['', '12345', 'abcdef', 'k7m2q9xw4tzd81ab']) assert.equal(diagnose(code, stored), undefined, code)
})
