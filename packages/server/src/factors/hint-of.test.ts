import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diagnoses } from '@gatehouse/contract/diagnoses'
import type { Diagnosis } from './factor.ts'
import { hintOf } from './hint-of.ts'

const settings = { matches_algorithm: 'sha1', matches_digits: 6, needs_algorithm: 'sha256', needs_digits: 8 }
const cases: readonly (readonly [Diagnosis, RegExp])[] = [
  [{ looks_like: 'clock_drift', drift_seconds: 62 }, /is about 62 seconds fast/],
  [{ looks_like: 'clock_drift', drift_seconds: -90 }, /is about 90 seconds slow/],
  [{ looks_like: 'other_settings', ...settings }, /with SHA-1 and 6 digits, this factor needs SHA-256 and 8 digits/],
  [{ looks_like: 'other_factor', other_factor_id: 'fac_1' }, /another entry/],
  [{ looks_like: 'key_not_decoded' }, /base32/],
  [{ looks_like: 'counter_ahead', counter_ahead: 31 }, /31 presses ahead/],
  [{ looks_like: 'used_before' }, /old one/],
]

test('every diagnosis is told in words, with its numbers', () => {
  for (const [diagnosis, words] of cases) assert.match(hintOf(diagnosis) ?? '', words)
  assert.deepEqual(new Set(cases.map(([{ looks_like }]) => looks_like)), new Set(Object.keys(diagnoses)))
})

test('where nothing is known, nothing is said', () => {
  assert.equal(hintOf(undefined), undefined)
  assert.equal(hintOf({ check: 'origin' }), undefined)
})
