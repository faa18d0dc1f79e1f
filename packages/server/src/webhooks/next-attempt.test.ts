import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hourMs, secondMs } from '../kernel/durations.ts'
import { nextAttempt, readRetryAfter } from './next-attempt.ts'

const windowMs = 72 * hourMs
const at = (ms: number, chance = 127) => ({ now: new Date(ms), random: () => Uint8Array.of(chance) })
const tried = { attempts: 1, queuedAt: 0, windowMs, retryAfterMs: undefined }

test('the gaps grow, are a tenth off at most, and the tenth attempt is the last', () => {
  for (const chance of [0, 127, 255]) {
    let now = 0
    let attempts = 1
    for (;;) {
      const next = nextAttempt({ ...tried, attempts }, at(now, chance))
      if (next === undefined) break
      assert.ok(next > now && next <= windowMs)
      now = next
      attempts++
    }
    assert.equal(attempts, 10)
    assert.ok(now > 64 * hourMs, `the last attempt is after ${now / hourMs} h`)
  }
})

test('what the receiver asks for is waited for, but never beyond the time', () => {
  assert.equal(nextAttempt({ ...tried, retryAfterMs: hourMs }, at(0)), hourMs)
  assert.equal(nextAttempt({ ...tried, retryAfterMs: 1 }, at(0, 0)), 4.5 * secondMs)
  assert.equal(nextAttempt({ ...tried, retryAfterMs: 1000 * hourMs }, at(0)), windowMs)
  assert.equal(nextAttempt(tried, at(windowMs)), undefined)
})

test('Retry-After is seconds or a date, and nothing else', () => {
  const now = new Date('2026-11-22T10:00:00Z')
  assert.equal(readRetryAfter('120', now), 120_000)
  assert.equal(readRetryAfter('Sun, 22 Nov 2026 10:00:30 GMT', now), 30_000)
  assert.equal(readRetryAfter('Sun, 22 Nov 2026 09:00:00 GMT', now), 0)
  for (const text of [undefined, '', '-1', '1.5', '1e9', '99999999999', 'soon', 'Sun, soon']) {
    assert.equal(readRetryAfter(text, now), undefined, String(text))
  }
})
