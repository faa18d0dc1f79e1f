import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { judge } from '../../../test/judge.ts'
import { virtualPhone } from './virtual-phone.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../vectors/otp.json', import.meta.url), 'utf8'))
const uri = 'otpauth://totp/Example:alice%40example.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example'
const at = (seconds: number) => new Date(seconds * 1000)

test('the codes of RFC 6238, appendix B', () => {
  const { times, digits, period, ...rows } = vectors.totp_rfc6238_appendix_b
  for (const algorithm of ['SHA1', 'SHA256', 'SHA512'] as const) {
    const key = Buffer.from(rows[algorithm].secret_hex, 'hex')
    const account = { issuer: '', label: '', key, algorithm, digits, period }
    assert.deepEqual(
      times.map((time: number) => virtualPhone().code(account, at(time))),
      rows[algorithm].codes,
    )
  }
})

test('codes are those of oathtool', (t) => {
  const oathtool = judge('oathtool', 'oathtool')
  if (oathtool.missing) return t.diagnostic(`not checked: codes of an independent program (${oathtool.missing})`)
  const phone = virtualPhone()
  for (let round = 0; round < 20; round++) {
    const algorithm = ['SHA1', 'SHA256', 'SHA512'][round % 3]
    const secret = Array.from(randomBytes(32), (byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('')
    const digits = round % 2 ? 6 : 8
    const seconds = randomBytes(4).readUInt32BE()
    const account = phone.scan(`otpauth://totp/a?secret=${secret}&algorithm=${algorithm}&digits=${digits}`)
    const asked = [`--totp=${algorithm}`, `--digits=${digits}`, `--now=@${seconds}`, '--base32', secret]
    assert.equal(phone.code(account, at(seconds)), oathtool.run(asked).trim(), asked.join(' '))
  }
})

test('a link is read with its names, and without settings they are the usual ones', () => {
  const { key, ...rest } = virtualPhone().scan(uri)
  assert.deepEqual(rest, { issuer: 'Example', label: 'alice@example.test', algorithm: 'SHA1', digits: 6, period: 30 })
  assert.equal(Buffer.from(key).toString(), '12345678901234567890')
  const { issuer, label } = virtualPhone().scan('otpauth://totp/A%3Ab%3Ac?secret=MZXW6YTB')
  assert.deepEqual([issuer, label], ['A', 'b:c'])
  assert.deepEqual(virtualPhone().scan('otpauth://totp/alone?secret=MZXW6YTB').issuer, '')
})

test('what is not a link of an authenticator app is an error', () => {
  for (const wrong of [
    'https://example.test/',
    'otpauth://hotp/a?secret=MZXW6YTB&counter=0',
    'otpauth://totp/a?secret=MZXW6YT1',
    'otpauth://totp/a',
    'otpauth://totp/a?secret=MZXW6YTB&algorithm=MD5',
  ]) {
    assert.throws(() => virtualPhone().scan(wrong), TypeError, wrong)
  }
})

test('next codes are new ones without waiting, two in a step', () => {
  const phone = virtualPhone()
  const account = phone.scan(uri)
  const [first, second] = [phone.nextCode(account, at(60)), phone.nextCode(account, at(61))]
  assert.equal(first, phone.code(account, at(60)))
  assert.equal(second, phone.code(account, at(90)))
  assert.throws(() => phone.nextCode(account, at(89)), { name: 'RangeError', message: /30 seconds/ })
  assert.equal(phone.nextCode(account, at(90)), phone.code(account, at(120)))
  assert.equal(phone.nextCode(account, at(600)), phone.code(account, at(600)))
})

test('accounts and phones know nothing of each other', () => {
  const phone = virtualPhone()
  const [first, second] = [phone.scan(uri), phone.scan(uri)]
  assert.equal(phone.nextCode(first, at(60)), phone.nextCode(second, at(60)))
  assert.equal(virtualPhone().nextCode(first, at(60)), phone.code(first, at(60)))
})
