import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { equal } from './equal.ts'

test('bytes are equal exactly when they are the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      assert.equal(equal(a, b), Buffer.compare(a, b) === 0)
      assert.equal(equal(a, Uint8Array.from(a)), true)
    }),
  )
})

test('texts are equal exactly when === says so, lone surrogates too', () => {
  const text = fc.string({ unit: 'binary' })
  fc.assert(fc.property(text, text, (a, b) => assert.equal(equal(a, b), a === b)))
  assert.equal(equal('\ud800', '\ud801'), false)
  assert.equal(equal('\ud800', '\ufffd'), false)
  assert.equal(equal('é', 'e\u0301'), false)
})

test('texts and bytes of other lengths are unequal, not an error', () => {
  assert.equal(equal('', 'a'), false)
  assert.equal(equal('a'.repeat(63), 'a'.repeat(64)), false)
  assert.equal(equal(new Uint8Array(), new Uint8Array(1)), false)
  assert.equal(equal('', ''), true)
})

test('the time does not tell where two values differ', () => {
  const secret = Buffer.alloc(1 << 20, 7)
  const early = Buffer.from(secret)
  early[0] = 8
  const late = Buffer.from(secret)
  late[late.length - 1] = 8
  const times = new Map([early, late].map((guess): [Buffer, number[]] => [guess, []]))
  for (let round = 0; round < 201; round++) {
    for (const [guess, spent] of times) {
      const start = performance.now()
      equal(secret, guess)
      spent.push(performance.now() - start)
    }
  }
  const [first = 0, last = 0] = [...times.values()].map((spent) => spent.sort((a, b) => a - b)[100] ?? 0)
  // A comparison that stops at the first difference is a thousand times faster on `early`.
  assert.ok(first > last / 2 && last > first / 2, `${first} ms and ${last} ms`)
})
