import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKnownRefusals } from './known-refusals.ts'

const window = { limit: 10, windowMs: 60_000 }

test('041: a window that is full is known to be full until its first hit leaves it, to the millisecond', () => {
  const known = createKnownRefusals()
  assert.equal(known.findFull('a', window, 1000), undefined)
  known.keepFull('a', window, 40_000, 1000)
  assert.deepEqual(known.findFull('a', window, 2000), { allowed: false, remaining: 0, retryAfterMs: 39_000 })
  assert.deepEqual(known.findFull('a', window, 40_999), { allowed: false, remaining: 0, retryAfterMs: 1 })
  assert.equal(known.findFull('a', window, 41_000), undefined)
  assert.equal(known.findFull('a', window, 2000), undefined, 'what has ended is forgotten')
})

test('041: what was said of another name or limit tells nothing', () => {
  const known = createKnownRefusals()
  known.keepFull('a', window, 0, 1000)
  assert.equal(known.findFull('a', window, 1000), undefined, 'a window with room')
  known.keepFull('a', window, 40_000, 1000)
  assert.equal(known.findFull('b', window, 2000), undefined)
  assert.equal(known.findFull('a', { ...window, limit: 20 }, 2000), undefined)
  assert.equal(known.isSeen('a', 2000), false)
})

test('041: a key that was seen is known until it expires', () => {
  const known = createKnownRefusals()
  known.keepSeen('a', 5000)
  assert.deepEqual([known.isSeen('a', 4999), known.isSeen('a', 5000), known.isSeen('b', 1)], [true, false, false])
})

test('041: a flood of names takes no more room than the most that is remembered', () => {
  const known = createKnownRefusals()
  for (let index = 0; index < 25_000; index++) known.keepSeen(`name ${index}`, 1000)
  assert.deepEqual(
    [4999, 5000, 24_999].map((index) => known.isSeen(`name ${index}`, 1)),
    [false, true, true],
  )
})
