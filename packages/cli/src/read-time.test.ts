import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTime } from './read-time.ts'

test('a time is so long ago, a day or a moment, and everything else is refused with what can be said', () => {
  const now = new Date('2026-11-22T10:00:00Z')
  const read = (text: string) => readTime('--since', text, now)
  assert.equal(read('30m'), '2026-11-22T09:30:00.000Z')
  assert.equal(read('24h'), '2026-11-21T10:00:00.000Z')
  assert.equal(read('7d'), '2026-11-15T10:00:00.000Z')
  assert.equal(read('2026-11-01'), '2026-11-01T00:00:00.000Z')
  assert.equal(read('2026-11-01T08:00:00+01:00'), '2026-11-01T07:00:00.000Z')
  for (const none of ['yesterday', '1w', '2026-13-01', '', '5', '2026-11-01T25:00:00Z']) {
    assert.throws(() => read(none), /--since .* is no time; say 30m, 24h, 7d/)
  }
})
