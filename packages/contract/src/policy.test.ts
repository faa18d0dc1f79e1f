import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultPolicy, policy, policyChoices } from './policy.ts'

test('every default lies within its bounds, and every number has its sentence', () => {
  for (const [key, { default: usual, min, max, sentence }] of Object.entries(policy)) {
    assert.ok(min <= usual && usual <= max, key)
    for (const number of [usual, min, max]) assert.ok(Number.isSafeInteger(number) && number > 0, key)
    assert.match(sentence, /^[A-Z].*\.$/, key)
  }
})

test('the default of every choice is one of its words, and every choice has its sentence', () => {
  for (const [key, { default: usual, values, sentence }] of Object.entries(policyChoices)) {
    assert.ok((values as readonly string[]).includes(usual), key)
    assert.match(sentence, /^[A-Z].*\.$/, key)
  }
})

test('the default policy is every default, and cannot be changed', () => {
  const inForce = defaultPolicy()
  for (const [key, row] of Object.entries({ ...policy, ...policyChoices })) {
    assert.equal(Reflect.get(inForce, key), row.default, key)
  }
  assert.ok(Object.isFrozen(inForce))
})

test('008: a signature is remembered for as long as it could be used again', () => {
  assert.ok(policy.signatureMemorySeconds.min >= 2 * policy.signatureSkewSeconds.max)
})
