import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Duration, movableClock } from './movable-clock.ts'

const start = new Date('2026-11-21T10:00:00Z')

test('the clock stands still until it is moved', () => {
  const clock = movableClock(start)
  assert.deepEqual(clock.now(), start)
  clock.advance(1500)
  assert.equal(clock.now().toISOString(), '2026-11-21T10:00:01.500Z')
  clock.set(new Date('2027-01-01T00:00:00Z'))
  assert.equal(clock.now().toISOString(), '2027-01-01T00:00:00.000Z')
})

test('durations have units', () => {
  const clock = movableClock(start)
  for (const by of ['1d', '2h', '3m', '4s', '5ms', '0.5s'] as const) clock.advance(by)
  assert.equal(clock.now().toISOString(), '2026-11-22T12:03:04.505Z')
  for (const wrong of ['30', '30 s', '-5s', '1e3s', 's']) {
    assert.throws(() => clock.advance(wrong as Duration), /is not a duration like 30s/, wrong)
  }
})

test('what the clock has shown does not change when it is moved, and cannot move it', () => {
  const clock = movableClock(start)
  const shown = clock.now()
  shown.setFullYear(1999)
  clock.advance('30s')
  assert.equal(clock.now().toISOString(), '2026-11-21T10:00:30.000Z')
})
