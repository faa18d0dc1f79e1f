import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
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

test('messages of every length are what Node makes of them, one after the other', () => {
  const key = Buffer.alloc(32, 1)
  const mac = hmacSha256(key)
  for (const length of [0, 1, 55, 56, 16_319, 16_320, 16_321, 70_000, 3]) {
    const message = Buffer.alloc(length, length)
    assert.deepEqual(mac('1.', message), createHmac('sha256', key).update('1.').update(message).digest(), `${length}`)
  }
})
