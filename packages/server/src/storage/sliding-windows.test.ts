import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { counterKey } from './counter-key.ts'
import { createSlidingWindows } from './sliding-windows.ts'
import { readArrayBytes } from './test-memory.ts'

test('in no window of any history are there more hits than the limit, and none is refused without need', () => {
  const steps = fc.array(fc.record({ key: fc.constantFrom('a', 'b'), after: fc.nat({ max: 400 }) }), { maxLength: 200 })
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 5 }), (history, limit) => {
      const window = { limit, windowMs: 1000 }
      const windows = createSlidingWindows()
      const allowed = { a: [] as number[], b: [] as number[] }
      let now = 0
      for (const { key, after } of history) {
        now += after
        const living = allowed[key].filter((at) => at > now - window.windowMs)
        const { allowed: ok, remaining, retryAfterMs } = windows.hit(counterKey(key), window, now)
        assert.equal(ok, living.length < limit)
        if (ok) allowed[key].push(now)
        assert.equal(remaining, limit - living.length - (ok ? 1 : 0))
        const [oldest = now] = ok ? [...living, now] : living
        assert.equal(retryAfterMs, remaining > 0 ? 0 : oldest + window.windowMs - now)
      }
    }),
  )
})

test('hits in any order are counted as if they had come in theirs, among many other keys', () => {
  const windows = createSlidingWindows()
  const window = { limit: 50, windowMs: 1000 }
  const keys = Array.from({ length: 3000 }, (_, i) => counterKey(`key ${i}`))
  for (const [i, key] of keys.entries()) for (const at of [500, 100 + (i % 7), 300]) windows.hit(key, window, at)
  // The first has left, the second and the third are still there.
  for (const [i, key] of keys.entries()) {
    const { remaining } = windows.hit(key, window, 1100 + (i % 7))
    assert.equal(remaining, 47)
  }
  // Of a limit that is lower now, so many have to leave that there is room for one.
  for (const key of keys) {
    assert.deepEqual(windows.hit(key, { ...window, limit: 2 }, 1200), {
      allowed: false,
      remaining: 0,
      retryAfterMs: 300,
    })
  }
})

test('keys that come and expire for ever take no more room than those that live at one time', () => {
  const before = readArrayBytes()
  const windows = createSlidingWindows()
  for (let now = 1; now < 300_000; now++) {
    assert.equal(windows.hit(counterKey(`key ${now}`), { limit: 1, windowMs: 1000 }, now).allowed, true)
  }
  const used = readArrayBytes() - before
  // A thousand living keys, and as many again.
  assert.ok(used < 500_000, `${used} bytes`)
  assert.equal(windows.hit(counterKey('key 299999'), { limit: 1, windowMs: 1000 }, 300_000).allowed, false)
})

test('whatever is counted and restored, the windows say what a list of all times would', () => {
  const windowsMs = [1, 500, 1000, 2 ** 40]
  // All in one part, so that it is made anew again and again.
  const keys = Array.from({ length: 40 }, (_, i) => `\0${counterKey(`${i}`).slice(1)}`)
  const step = fc.record({
    index: fc.nat({ max: keys.length - 1 }),
    after: fc.nat({ max: 100 }),
    limit: fc.nat({ max: 9 }),
    restoredFrom: fc.option(fc.nat({ max: 300 })),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 50, maxLength: 400, size: 'max' }), (steps) => {
      const windows = createSlidingWindows()
      const times = keys.map((): number[] => [])
      let now = 1_700_000_000_000
      for (const { index, after, limit, restoredFrom } of steps) {
        now += after
        const [key = '', windowMs = 0] = [keys[index], windowsMs[index % windowsMs.length]]
        const living = (times[index] ?? []).filter((at) => at > now - windowMs)
        const allowed = living.length < limit
        const added = restoredFrom === null ? (allowed ? [now] : []) : [now - restoredFrom]
        const held = [...living, ...added].sort((a, b) => a - b)
        times[index] = held
        if (restoredFrom !== null) {
          windows.restore(key, windowMs, now - restoredFrom)
          continue
        }
        const remaining = Math.max(0, limit - held.length)
        const retryAfterMs = remaining > 0 ? 0 : (held[held.length - limit] ?? now) + windowMs - now
        assert.deepEqual(windows.hit(key, { limit, windowMs }, now), { allowed, remaining, retryAfterMs })
      }
    }),
  )
})
