import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { equal } from './equal.ts'
import { hmacSha256 } from './hmac-sha256.ts'

interface Vectors {
  testGroups: { tagSize: number; tests: { tcId: number; key: string; msg: string; tag: string; result: string }[] }[]
}
const file = new URL('../../../../vectors/wycheproof/hmac_sha256_test.json', import.meta.url)
const { testGroups }: Vectors = JSON.parse(readFileSync(file, 'utf8'))

test('Wycheproof: right tags are accepted, altered ones are not', () => {
  let seen = 0
  for (const { tagSize, tests } of testGroups) {
    for (const { tcId, key, msg, tag, result } of tests) {
      const mac = hmacSha256(Buffer.from(key, 'hex'))(Buffer.from(msg, 'hex'))
      const accepted = equal(mac.subarray(0, tagSize / 8), Buffer.from(tag, 'hex'))
      assert.equal(accepted, result === 'valid', `test ${tcId}`)
      seen++
    }
  }
  assert.equal(seen, 174)
})

test('parts are taken as one message', () => {
  const mac = hmacSha256(Buffer.alloc(32, 1))
  assert.deepEqual(mac('17.', Buffer.from('{}')), mac('17.{}'))
})

test('a text is taken as its UTF-8 bytes', () => {
  const mac = hmacSha256(Buffer.alloc(32, 1))
  assert.deepEqual(mac('é🔑/'), mac(Buffer.from('é🔑/', 'utf8')))
})
