import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { judge } from '../../../../../test/judge.ts'
import { encodeBase32 } from '../base32.ts'
import { hotp } from './hotp.ts'
import { type HotpData, HotpOptions, hotpToken, resyncHotp } from './hotp-token.ts'

const key = Buffer.from('12345678901234567890')
const moment = { now: new Date(0), random: (bytes: number) => new Uint8Array(bytes) }
const at = (counter: bigint, digits: 6 | 8 = 6): HotpData => ({
  key: key.toString('base64url'),
  algorithm: 'sha1',
  digits,
  counter: String(counter),
})
const codeAt = (counter: bigint, digits: 6 | 8 = 6) => hotp(key, counter, { algorithm: 'sha1', digits })
const verify = (data: HotpData, code: string) => hotpToken.verify(moment, { data, response: { code } })

test('075 the code of the counter and the five after it are accepted, the one before and the sixth are not', () => {
  for (const start of [10n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n]) {
    for (let ahead = 0n; ahead <= 5n; ahead++) {
      const verdict = verify(at(start), codeAt(start + ahead))
      assert.ok(verdict.accepted, `${start} + ${ahead}`)
      assert.equal(verdict.data.counter, String(start + ahead + 1n))
    }
    assert.deepEqual(verify(at(start), codeAt(start - 1n)), { accepted: false, reason: 'replay' })
    const far = verify(at(start), codeAt(start + 6n))
    assert.deepEqual(far, {
      accepted: false,
      reason: 'mismatch',
      diagnosis: { looks_like: 'counter_ahead', counter_ahead: 6 },
    })
  }
})

test('077 after the code of two presses ahead, the one between is of no use', () => {
  const later = verify(at(0n), codeAt(2n))
  assert.ok(later.accepted)
  assert.deepEqual(verify(later.data, codeAt(1n)), { accepted: false, reason: 'replay' })
})

test('076 two consecutive codes within twenty bring the counter up, and nothing else does', () => {
  const resync = (start: bigint, first: bigint, second: bigint) => {
    const verdict = resyncHotp(at(start), [codeAt(first), codeAt(second)])
    return verdict.accepted ? verdict.data.counter : verdict.reason
  }
  assert.equal(resync(10n, 10n, 11n), '12')
  assert.equal(resync(10n, 29n, 30n), '31')
  assert.equal(resync(10n, 30n, 31n), 'mismatch')
  assert.equal(resync(10n, 9n, 10n), 'mismatch')
  assert.equal(resync(10n, 15n, 17n), 'mismatch')
  assert.equal(resync(10n, 16n, 15n), 'mismatch')
  assert.equal(resync(10n, 15n, 15n), 'mismatch')
  assert.equal(resync(2n ** 53n, 2n ** 53n + 8n, 2n ** 53n + 9n), String(2n ** 53n + 10n))
})

test('078 the last counter of 64 bits is used once, and nothing comes after it', () => {
  const last = 2n ** 64n - 1n
  const verdict = verify(at(last), codeAt(last))
  assert.ok(verdict.accepted)
  assert.equal(verdict.data.counter, String(2n ** 64n))
  const spent = hotpToken.data.parse(verdict.data)
  for (const counter of [0n, 1n, 2n, 3n, 4n, 5n, last]) assert.ok(!verify(spent, codeAt(counter)).accepted)
  assert.ok(!verify(at(last - 2n), codeAt(0n)).accepted)
  assert.equal(resyncHotp(at(last - 1n), [codeAt(last), codeAt(0n)]).accepted, false)
  assert.equal(resyncHotp(at(last - 1n), [codeAt(last - 1n), codeAt(last)]).accepted, true)
})

test('078 the codes of large counters are those of oathtool', (t: TestContext) => {
  const oathtool = judge('oathtool', 'oathtool')
  if (oathtool.missing) return t.diagnostic(`not checked: HOTP of large counters (${oathtool.missing})`)
  for (const counter of [0n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n]) {
    for (const digits of [6, 8] as const) {
      const args = ['--hotp', '-b', `-d${digits}`, `-c${counter}`, encodeBase32(key)]
      assert.equal(oathtool.run(args).trim(), codeAt(counter, digits), `${counter} ${digits}`)
    }
  }
  return undefined
})

test('the first proof may be two codes in one, of a token that has been pressed before', () => {
  const confirm = (code: string) => hotpToken.confirm(moment, { data: at(0n), response: { code } })
  assert.ok(confirm(codeAt(4n)).accepted)
  assert.ok(!confirm(codeAt(19n)).accepted)
  const both = confirm(codeAt(19n) + codeAt(20n))
  assert.equal(both.accepted && both.data.counter, '21')
  assert.ok(!confirm(codeAt(19n) + codeAt(21n)).accepted)
  assert.ok(!verify(at(0n), codeAt(1n) + codeAt(2n)).accepted, 'no later proof may')
})

test('a counter is a whole number of 64 bits, and a seed must be given', () => {
  const secret = encodeBase32(key)
  for (const counter of ['0', '7', '9007199254740993', '18446744073709551615']) {
    assert.equal(HotpOptions.parse({ secret, counter }).counter, counter)
  }
  for (const counter of ['18446744073709551616', '-1', '1.5', '01', '', '1e3', 7, '٣']) {
    assert.ok(!HotpOptions.safeParse({ secret, counter }).success, String(counter))
  }
  assert.ok(!HotpOptions.safeParse({}).success)
  assert.ok(HotpOptions.safeParse({ secret: secret.toLowerCase().replace(/.{4}/g, '$& ') }).success)
})
