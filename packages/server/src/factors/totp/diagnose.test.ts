import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeBase32 } from '../base32.ts'
import { hotp } from '../hotp/hotp.ts'
import { diagnose } from './diagnose.ts'
import type { TotpData } from './totp.ts'

const key = Buffer.from('12345678901234567890')
const step = 1_000_000
const stored: TotpData = { key: key.toString('base64url'), algorithm: 'sha1', digits: 6, period: 30, lastStep: -1 }
/** The middle of the step. */
const now = new Date((step * 30 + 15) * 1000)
const codeOf = (at: number, algorithm: TotpData['algorithm'] = 'sha1', digits = 6) =>
  hotp(key, BigInt(at), { algorithm, digits })

test('the code of a phone whose clock is wrong tells by how many steps', () => {
  for (const drift of [-10, -2, 2, 10]) {
    assert.deepEqual(diagnose(codeOf(step + drift), stored, now), {
      looks_like: 'clock_drift',
      drift_steps: drift,
      drift_seconds: drift * 30,
    })
  }
})

test('the drift in seconds is that of the middle of the step, seen from now', () => {
  const early = new Date((step * 30 + 1) * 1000)
  assert.equal(diagnose(codeOf(step + 2), stored, early)?.['drift_seconds'], 74)
  const late = new Date((step * 30 + 29) * 1000)
  assert.equal(diagnose(codeOf(step + 2), stored, late)?.['drift_seconds'], 46)
})

test('the code of an app that ignores the settings tells which ones it used', () => {
  const needs = { needs_algorithm: 'sha256', needs_digits: 8 }
  const strict: TotpData = { ...stored, algorithm: 'sha256', digits: 8 }
  const says = (algorithm: string, digits: number) => ({
    looks_like: 'other_settings',
    matches_algorithm: algorithm,
    matches_digits: digits,
    ...needs,
  })
  assert.deepEqual(diagnose(codeOf(step), strict, now), says('sha1', 6))
  assert.deepEqual(diagnose(codeOf(step, 'sha512', 8), strict, now), says('sha512', 8))
  assert.deepEqual(diagnose(codeOf(step, 'sha256', 6), strict, now), says('sha256', 6))
  const both = diagnose(codeOf(step - 4), strict, now)
  assert.deepEqual(both, { ...says('sha1', 6), drift_steps: -4, drift_seconds: -120 })
})

test('an accepted code that comes back later is an old one, and not a slow clock', () => {
  const used = { ...stored, lastStep: step - 3 }
  for (const old of [step - 3, step - 5]) {
    assert.deepEqual(diagnose(codeOf(old), used, now), { looks_like: 'used_before' })
  }
  assert.equal(diagnose(codeOf(step - 2), used, now)?.looks_like, 'clock_drift')
})

test('a program that takes the letters of the key for the key is recognised', () => {
  const text = Buffer.from(encodeBase32(key))
  for (const drift of [-1, 0, 1]) {
    const code = hotp(text, BigInt(step + drift), stored)
    assert.deepEqual(diagnose(code, stored, now), { looks_like: 'key_not_decoded' })
  }
})

test('any other code tells nothing', () => {
  for (const code of [codeOf(step + 11), '', '1234567', 'abcdef', 'k7m2q9xw4tzd81ab']) {
    assert.equal(diagnose(code, stored, now), undefined, code)
  }
})
