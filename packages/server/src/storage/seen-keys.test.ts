import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { counterKey } from './counter-key.ts'
import { createSeenKeys } from './seen-keys.ts'
import { readArrayBytes } from './test-memory.ts'

test('each of 100,000 keys is new once and then known', () => {
  const seen = createSeenKeys()
  const keys = Array.from({ length: 100_000 }, (_, i) => counterKey(`key ${i}`))
  assert.equal(keys.filter((key) => seen.add(key, 1000, 1) === undefined).length, keys.length)
  assert.equal(keys.filter((key) => seen.add(key, 1000, 999) === 1000).length, keys.length)
  assert.equal(keys.filter((key) => seen.add(key, 2000, 1000) === undefined).length, keys.length)
})

test('keys that come and expire for ever take no more room than those that live at one time', () => {
  const before = readArrayBytes()
  const seen = createSeenKeys()
  for (let now = 1; now < 300_000; now++) assert.equal(seen.add(counterKey(`key ${now}`), now + 1000, now), undefined)
  const used = readArrayBytes() - before
  // A thousand living keys, and as many again.
  assert.ok(used < 250_000, `${used} bytes`)
  assert.equal(seen.add(counterKey('key 299999'), 301_000, 300_000), 300_999)
})

test('whatever comes and expires, a key is known until its end, to the fraction of a millisecond', () => {
  // All in one part, so that it is made anew again and again.
  const keys = Array.from({ length: 40 }, (_, i) => `\0${counterKey(`${i}`).slice(1)}`)
  const step = fc.record({
    key: fc.constantFrom(...keys),
    after: fc.nat({ max: 100 }),
    ttlMs: fc.constantFrom(1, 99.5, 500, 1000, 2 ** 40),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 50, maxLength: 400, size: 'max' }), (steps) => {
      const seen = createSeenKeys()
      const ends = new Map<string, number>()
      let now = 1_700_000_000_000
      for (const { key, after, ttlMs } of steps) {
        now += after
        const end = ends.get(key) ?? 0
        assert.equal(seen.add(key, now + ttlMs, now), end > now ? end : undefined)
        if (end <= now) ends.set(key, now + ttlMs)
      }
    }),
  )
})
