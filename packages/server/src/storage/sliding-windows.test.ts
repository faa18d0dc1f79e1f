import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { counterKey } from './counter-key.ts'
import { createSlidingWindows } from './sliding-windows.ts'

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
