import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualPhone } from './virtual-phone.ts'
import { virtualToken } from './virtual-token.ts'

const key = Buffer.from('12345678901234567890')

test('the codes of RFC 4226, appendix D, press by press', () => {
  const token = virtualToken({ key })
  const codes = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ')
  assert.deepEqual(
    codes.map(() => token.press()),
    codes,
  )
})

test('a token can be pressed in a pocket, and come from a drawer', () => {
  assert.equal(virtualToken({ key }).press(4), '969429')
  assert.equal(virtualToken({ key, pressed: 8n }).press(), '399871')
  assert.match(virtualToken({ key, digits: 8, algorithm: 'SHA512', pressed: 2n ** 64n - 1n }).press(), /^\d{8}$/)
})

test('the seed is base32 that an app can read, and another one for each token', () => {
  const token = virtualToken({ key: Buffer.from('foobar') })
  assert.equal(token.secret, 'MZXW6YTBOI')
  const { key: read } = virtualPhone().scan(`otpauth://totp/a?secret=${virtualToken({ key }).secret}`)
  assert.deepEqual(Buffer.from(read), key)
  assert.notEqual(virtualToken().secret, virtualToken().secret)
})
