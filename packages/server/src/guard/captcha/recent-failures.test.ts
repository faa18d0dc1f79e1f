import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countFailure, takeBackFailure } from './recent-failures.ts'

const limit = { limit: 3, windowMs: 1000 }

test('three failures in the window are no risk before they have happened, and one after', () => {
  let failures: number[] = []
  for (const [at, isRisky] of [
    [0, false],
    [1, false],
    [2, false],
    [3, true],
    [999, true],
    [1000, false],
    [1000, true],
  ] as const) {
    const counted = countFailure(failures, at, limit)
    assert.equal(counted.isRisky, isRisky, String(at))
    failures = counted.next
  }
  assert.deepEqual(failures, [1, 2, 1000])
})

test('what is taken back is one attempt of that time and no other', () => {
  assert.deepEqual(takeBackFailure([1, 2, 2, 3], 2), [1, 2, 3])
  assert.deepEqual(takeBackFailure([1, 3], 2), [1, 3])
})
