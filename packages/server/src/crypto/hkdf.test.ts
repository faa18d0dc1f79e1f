import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { hkdf } from './hkdf.ts'

interface Vectors {
  testGroups: {
    tests: { tcId: number; ikm: string; salt: string; info: string; size: number; okm: string; result: string }[]
  }[]
}
const file = new URL('../../../../vectors/wycheproof/hkdf_sha256_test.json', import.meta.url)
const { testGroups }: Vectors = JSON.parse(readFileSync(file, 'utf8'))
const tests = testGroups.flatMap((group) => group.tests)

test('Wycheproof: every key comes out as RFC 5869 says, and none that is too long', () => {
  assert.equal(tests.length, 86)
  for (const { tcId, ikm, salt, info, size, okm, result } of tests) {
    const root = createSecretKey(ikm, 'hex')
    const derive = () =>
      hkdf(root, { salt: Buffer.from(salt, 'hex'), info: Buffer.from(info, 'hex'), bytes: size }).toString('hex')
    if (result === 'valid') assert.equal(derive(), okm, `test ${tcId}`)
    else assert.throws(derive, RangeError, `test ${tcId}`)
  }
})

test('without a salt it is the empty salt', () => {
  const root = createSecretKey(Buffer.alloc(32, 1))
  const wanted = { info: 'access token', bytes: 32 }
  assert.deepEqual(hkdf(root, wanted), hkdf(root, { ...wanted, salt: Buffer.alloc(32) }))
  assert.notDeepEqual(hkdf(root, wanted), hkdf(root, { ...wanted, info: 'something else' }))
})
