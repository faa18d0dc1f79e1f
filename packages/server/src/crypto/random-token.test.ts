import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { clientSecret, hasSecretChecksum, randomToken } from './random-token.ts'

const random = (bytes: number) => randomBytes(bytes)
const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const decode = (text: string) => [...text].reduce((sum, one) => sum * 62n + BigInt(base62.indexOf(one)), 0n)

test('a client secret has its mode, 256 bits and a checksum in it', () => {
  for (const mode of ['live', 'test'] as const) {
    const secret = clientSecret(mode, { random })
    assert.match(secret, new RegExp(`^gh_${mode}_[0-9A-Za-z]{49}$`))
    assert.equal(hasSecretChecksum(secret), true)
  }
})

test('all 256 bits of chance stand in the token, and the checksum is the CRC-32 of what is before it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const token = randomToken('mst_', { random: () => bytes })
      assert.equal(token.length, 4 + 43 + 6)
      assert.equal(decode(token.slice(4, 47)), BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
      assert.equal(decode(token.slice(47)), BigInt(crc32(token.slice(0, 47))))
    }),
    { examples: [[new Uint8Array(32)], [new Uint8Array(32).fill(255)]] },
  )
})

test('no single character of a secret can change without notice', () => {
  const secret = clientSecret('live', { random })
  for (let at = 0; at < secret.length; at++) {
    const other = secret[at] === 'x' ? 'y' : 'x'
    assert.equal(hasSecretChecksum(secret.slice(0, at) + other + secret.slice(at + 1)), false, `character ${at}`)
  }
  assert.equal(hasSecretChecksum(secret.replace('live', 'test')), false)
})

test('other text has no secret checksum', () => {
  const secret = clientSecret('live', { random })
  for (const text of ['', 'gh_live_', secret.slice(1), `${secret}\n`, ` ${secret}`, randomToken('mst_', { random })]) {
    assert.equal(hasSecretChecksum(text), false, text)
  }
})
