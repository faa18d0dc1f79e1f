import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alertRuleNames } from '@gatehouse/contract/alerts'
import { type Counted, countSignal, type Threshold, thresholdOf } from './count-signal.ts'

const three: Threshold = { count: 3, windowMs: 300_000, distinct: false }

/** Counts signals one after another: what was raised, by which of them. */
function run(times: readonly (readonly [at: number, key: string])[], threshold: Threshold): readonly string[] {
  let counted: Counted = []
  return times.flatMap(([at, key], index) => {
    const next = countSignal(counted, { at, id: `evt_${index}`, key }, threshold)
    counted = next.counted
    return next.raised ? [`${index}: ${next.raised.map(({ id }) => id.slice(4)).join(' ')}`] : []
  })
}

test('three within five minutes are an alert, and three more another one', () => {
  const times = [0, 1, 2, 3, 4, 5].map((minute) => [minute * 60_000, 'x'] as const)
  assert.deepEqual(run(times, three), ['2: 0 1 2', '5: 3 4 5'])
})

test('what is further apart is none', () => {
  const apart = [0, 150_000, 300_000, 450_000].map((at) => [at, 'x'] as const)
  assert.deepEqual(run(apart, three), [])
})

test('an event that the reader meets again is counted once', () => {
  const signal = { at: 0, id: 'evt_1', key: 'evt_1' }
  const once = countSignal([], signal, three).counted
  assert.deepEqual(countSignal(once, signal, three).counted, once)
})

test('where different ones are counted, the same again and again is one', () => {
  const distinct = { ...three, distinct: true }
  assert.deepEqual(
    run(
      [
        [0, 'a'],
        [1, 'a'],
        [2, 'b'],
        [3, 'a'],
        [4, 'c'],
      ],
      distinct,
    ),
    ['4: 2 3 4'],
  )
})

test('every rule is on from the start; a tenant may have other numbers, or none', () => {
  for (const name of alertRuleNames) assert.ok(thresholdOf(name, {}), name)
  assert.deepEqual(thresholdOf('mfa_failures', {}), three)
  assert.equal(thresholdOf('mfa_failures', { mfa_failures: { count: 5 } })?.count, 5)
  assert.equal(thresholdOf('mfa_failures', { mfa_failures: { on: false } }), undefined)
})
