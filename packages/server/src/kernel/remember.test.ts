import assert from 'node:assert/strict'
import { test } from 'node:test'
import { remember } from './remember.ts'

test('what was answered is not asked again, until there is too much of it', () => {
  const asked: number[] = []
  const double = remember((key: number) => {
    asked.push(key)
    return 2 * key
  }, 2)
  assert.deepEqual([1, 1, 2, 1, 3, 1].map(double), [2, 2, 4, 2, 6, 2])
  assert.deepEqual(asked, [1, 2, 3, 1])
})

test('no answer is asked for again, and takes no room', () => {
  let asked = 0
  const find = remember((key: string) => (key === 'known' ? key : void asked++), 1)
  assert.deepEqual(['known', 'a', 'b', 'a', 'known'].map(find), ['known', undefined, undefined, undefined, 'known'])
  assert.equal(asked, 3)
})
