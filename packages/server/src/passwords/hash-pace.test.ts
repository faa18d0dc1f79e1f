import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashPace } from './hash-pace.ts'
import type { HashCost } from './hash-protocol.ts'

const current = { memoryKib: 19_456, passes: 2 }
const half = { memoryKib: 9728, passes: 2 }

test('a hash of the current cost or more lacks nothing', () => {
  for (const stored of [current, { memoryKib: 65_536, passes: 2 }, { memoryKib: 19_456, passes: 3 }]) {
    assert.equal(hashPace(current).isWeak(stored), false)
    assert.equal(hashPace(current).findMissing(stored), undefined)
  }
})

test('a cheaper hash is weak and lacks the rest', () => {
  const pace = hashPace(current)
  assert.equal(pace.isWeak(half), true)
  assert.deepEqual(pace.findMissing(half), { memoryKib: 9728, passes: 2 })
  assert.deepEqual(pace.findMissing({ memoryKib: 19_456, passes: 1 }), { memoryKib: 8107, passes: 2 })
})

test('what is too little to tell is not made up for', () => {
  const almost = { memoryKib: 19_450, passes: 2 }
  assert.equal(hashPace(current).isWeak(almost), true)
  assert.equal(hashPace(current).findMissing(almost), undefined)
})

/** A machine on which every call costs extra and small hashes are cheaper than they should be. */
function spend(cost: HashCost): number {
  return 0.3 + (cost.memoryKib * (cost.passes + 0.6) * (cost.memoryKib < 5000 ? 0.8 : 1)) / 7000
}

test('it learns how long things take on this machine', () => {
  const pace = hashPace(current)
  const old = { memoryKib: 4096, passes: 1 }
  const both = () => spend(old) + spend(pace.findMissing(old) ?? assert.fail())
  const before = both()
  for (let i = 0; i < 40; i++) {
    pace.learn(current, spend(current))
    pace.learn(old, both())
  }
  assert.ok(Math.abs(before / spend(current) - 1) > 0.02)
  assert.ok(Math.abs(both() / spend(current) - 1) < 0.002, `${both()} and ${spend(current)} ms`)
})

test('one disturbed measurement moves it by two percent at most', () => {
  const pace = hashPace(current)
  pace.learn(half, 100)
  assert.equal(pace.findMissing(half)?.memoryKib, 9728, 'nothing to compare with yet')
  pace.learn(current, 7)
  pace.learn(half, 1000)
  assert.equal(pace.findMissing(half)?.memoryKib, 9728 - 389)
  pace.learn(current, 1000)
  pace.learn(half, 7 * 1.02)
  assert.equal(pace.findMissing(half)?.memoryKib, 9728 - 389)
})

test('a dearer hash teaches nothing about the usual one', () => {
  const pace = hashPace(current)
  pace.learn(current, 7)
  pace.learn({ memoryKib: 65_536, passes: 2 }, 20)
  pace.learn(half, 7)
  assert.equal(pace.findMissing(half)?.memoryKib, 9728)
})
