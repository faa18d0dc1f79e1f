import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goOn } from './go-on.ts'

test('with what is there it goes on at once, with what is not when it is', async () => {
  const double = (number: number) => number * 2
  assert.equal(goOn(2, double), 4)
  const later = goOn(Promise.resolve(2), double)
  assert.ok(later instanceof Promise)
  assert.equal(await later, 4)
})

test('what fails later is a rejection, as in any promise', async () => {
  const fail = () => {
    throw new Error('no')
  }
  assert.throws(() => goOn(1, fail), /no/)
  await assert.rejects(async () => goOn(Promise.resolve(1), fail), /no/)
})
