import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isStale, placeWord, serverTimeAt } from './feed-clock.ts'

const first = { askedAt: 1000, serverTime: 500_000 }

test('a word is as old as the server says, however late it comes', () => {
  assert.deepEqual(placeWord(first, { arrivedAt: 1080, serverTime: 500_000 }), { since: 1000, serverTime: 500_000 })
  // It was written 4 seconds after we asked, and kept back for a minute.
  const late = placeWord(first, { arrivedAt: 65_000, serverTime: 504_000 })
  assert.equal(late.since, 5000)
  assert.ok(isStale(late, 65_000, 10_000))
})

test('a word is never newer than its arrival, whatever the clock of the server does', () => {
  assert.equal(placeWord(first, { arrivedAt: 2000, serverTime: 900_000 }).since, 2000)
})

test('what is known goes stale, and nothing is known before the first word', () => {
  const known = { since: 1000, serverTime: 500_000 }
  assert.ok(isStale(undefined, 1000, 10_000))
  assert.ok(!isStale(known, 11_000, 10_000))
  assert.ok(isStale(known, 11_001, 10_000))
  assert.ok(isStale(known, 999, 10_000))
})

test('the time of the server goes on between words', () => {
  assert.equal(serverTimeAt({ since: 1000, serverTime: 500_000 }, 1750), 500_750)
})
