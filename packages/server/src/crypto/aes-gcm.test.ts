import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { decryptAesGcm, encryptAesGcm } from './aes-gcm.ts'

interface Case {
  tcId: number
  key: string
  iv: string
  aad: string
  msg: string
  ct: string
  tag: string
  result: string
}
interface Vectors {
  testGroups: { keySize: number; ivSize: number; tagSize: number; tests: Case[] }[]
}
const file = new URL('../../../../vectors/wycheproof/aes_gcm_test.json', import.meta.url)
const { testGroups }: Vectors = JSON.parse(readFileSync(file, 'utf8'))

function decrypt({ key, iv, aad, ct, tag }: Case): string {
  const box = Buffer.from(ct + tag, 'hex')
  return decryptAesGcm(createSecretKey(key, 'hex'), Buffer.from(iv, 'hex'), box, Buffer.from(aad, 'hex')).toString(
    'hex',
  )
}

function encrypt({ key, iv, aad, msg }: Case): string {
  const nonce = Buffer.from(iv, 'hex')
  return encryptAesGcm(createSecretKey(key, 'hex'), nonce, Buffer.from(msg, 'hex'), Buffer.from(aad, 'hex')).toString(
    'hex',
  )
}

test('Wycheproof: 256-bit keys with 96-bit nonces open what is valid and nothing else', () => {
  const counts = { valid: 0, invalid: 0 }
  for (const { keySize, ivSize, tests } of testGroups) {
    if (keySize !== 256 || ivSize !== 96) continue
    for (const one of tests) {
      if (one.result === 'valid') {
        assert.equal(decrypt(one), one.msg, `test ${one.tcId}`)
        assert.equal(encrypt(one), one.ct + one.tag, `test ${one.tcId}`)
        counts.valid++
      } else {
        assert.throws(() => decrypt(one), `test ${one.tcId}`)
        counts.invalid++
      }
    }
  }
  assert.deepEqual(counts, { valid: 39, invalid: 27 })
})

test('Wycheproof: other sizes of key and nonce are refused, even where GCM itself would take them', () => {
  let refused = 0
  for (const { keySize, ivSize, tests } of testGroups) {
    if (keySize === 256 && ivSize === 96) continue
    for (const one of tests) {
      assert.throws(() => decrypt(one), `test ${one.tcId}`)
      assert.throws(() => encrypt(one), `test ${one.tcId}`)
      refused++
    }
  }
  assert.equal(refused, 250)
})

test('a tag of fewer than 16 bytes is refused', () => {
  const key = createSecretKey(Buffer.alloc(32, 1))
  const nonce = Buffer.alloc(12)
  const box = encryptAesGcm(key, nonce, '', Buffer.alloc(0))
  assert.equal(box.length, 16)
  assert.equal(decryptAesGcm(key, nonce, box, Buffer.alloc(0)).length, 0)
  for (let length = 0; length < 16; length++) {
    assert.throws(() => decryptAesGcm(key, nonce, box.subarray(0, length), Buffer.alloc(0)), `${length} bytes`)
  }
})
