import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { judge } from '../../../../../test/judge.ts'
import { hotp, otpAlgorithms } from '../hotp/hotp.ts'
import { type TotpData, totp } from './totp.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../../../vectors/otp.json', import.meta.url), 'utf8'))
const account = { userId: 'usr_1', label: 'alice@example.test', issuer: 'Example' } as const

const stepMs = 30_000
const step = 1_000_000
const momentAt = (ms: number) => ({ now: new Date(ms), random: randomBytes })
const moment = momentAt(step * stepMs)

const enrolled = (options: unknown = {}) => totp.enroll(moment, account, totp.options.parse(options))
const codeOf = (data: TotpData, at: number) => hotp(Buffer.from(data.key, 'base64url'), BigInt(at), data)
const verify = (data: TotpData, code: string, ms = step * stepMs) =>
  totp.verify(momentAt(ms), { data, response: totp.response.parse({ code }) })
const reasonOf = (verdict: ReturnType<typeof verify>) => (verdict.accepted ? 'accepted' : verdict.reason)

test('every code of RFC 6238, appendix B, is accepted at its time', () => {
  const { times, ...rows } = vectors.totp_rfc6238_appendix_b
  for (const algorithm of otpAlgorithms) {
    const { secret_hex: hex, codes } = rows[algorithm.toUpperCase()]
    const { data } = enrolled({ algorithm, digits: 8 })
    const known = { ...data, key: Buffer.from(hex, 'hex').toString('base64url') }
    for (const [index, time] of times.entries()) {
      const verdict = verify(known, codes[index], time * 1000)
      assert.ok(verdict.accepted, `${algorithm} at ${time}`)
      assert.equal(verdict.data.lastStep, Math.floor(time / 30))
    }
  }
})

test('codes of oathtool are accepted for any key, time, algorithm and length', (t) => {
  const oathtool = judge('oathtool', 'oathtool')
  if (oathtool.missing) return t.diagnostic(`not checked: codes of an independent program (${oathtool.missing})`)
  for (let round = 0; round < 60; round++) {
    const algorithm = otpAlgorithms[round % 3]!
    const digits = round % 2 ? 6 : 8
    const seconds = randomBytes(6).readUIntBE(1, 4) + 600
    const { data, shown } = enrolled({ algorithm, digits })
    const asked = [`--totp=${algorithm}`, `--digits=${digits}`, `--now=@${seconds}`, '--base32', shown.secret]
    const judged = oathtool.run(asked).trim()
    assert.ok(verify(data, judged, seconds * 1000).accepted, asked.join(' '))
  }
})

test('062: a code is accepted once, in its own step and in the next', () => {
  const { data } = enrolled()
  const code = codeOf(data, step)
  const first = verify(data, code)
  assert.ok(first.accepted)
  assert.deepEqual(verify(first.data, code), { accepted: false, reason: 'replay' })
  assert.deepEqual(verify(first.data, code, (step + 1) * stepMs), { accepted: false, reason: 'replay' })
})

test('062: after a code, no code of an earlier step is accepted', () => {
  const { data } = enrolled()
  const fast = verify(data, codeOf(data, step + 1))
  assert.ok(fast.accepted)
  assert.equal(reasonOf(verify(fast.data, codeOf(data, step))), 'replay')
  assert.equal(reasonOf(verify(fast.data, codeOf(data, step - 1))), 'replay')
})

test('063: a code is good from one step before its own to one step after, to the millisecond', () => {
  for (const options of [{}, { algorithm: 'sha512', digits: 8 }]) {
    const { data } = enrolled(options)
    const code = codeOf(data, step)
    const from = (step - 1) * stepMs
    const end = (step + 2) * stepMs
    assert.equal(reasonOf(verify(data, code, from - 1)), 'mismatch')
    assert.equal(reasonOf(verify(data, code, from)), 'accepted')
    assert.equal(reasonOf(verify(data, code, end - 1)), 'accepted')
    assert.equal(reasonOf(verify(data, code, end)), 'mismatch')
  }
})

test('069: what is not a code of the right form is a mismatch or wrong input, never an exception', () => {
  const { data } = enrolled()
  const code = codeOf(data, step)
  const fullWidth = code.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))
  const arabic = code.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)))
  for (const wrong of [
    '',
    code.slice(1),
    `${code}0`,
    `0${code}`,
    `${code}00`,
    `+${code}`,
    `${code}.0`,
    'abcdef',
    '\ud800',
  ]) {
    assert.equal(reasonOf(verify(data, wrong)), 'mismatch', wrong)
  }
  for (const wrong of [fullWidth, arabic, `${code}\u0000`, `0x${code}`, code.slice(0, 3).repeat(2).padEnd(6, 'e')]) {
    assert.equal(reasonOf(verify(data, wrong)), 'mismatch', wrong)
  }
  for (const wrong of [null, undefined, 123456, [code], { code }, '1'.repeat(10_000)]) {
    assert.equal(totp.response.safeParse({ code: wrong }).success, false)
  }
  assert.equal(totp.response.safeParse({ code, now: 0 }).success, false)
})

test('a code is understood with spaces and hyphens', () => {
  const { data } = enrolled()
  const code = codeOf(data, step)
  for (const typed of [` ${code}\n`, `${code.slice(0, 3)} ${code.slice(3)}`, code.replace(/(..)/g, '$1-')]) {
    assert.ok(verify(data, typed).accepted, typed)
  }
})

test('072: when the clock steps back, used steps stay refused and the last step never falls', () => {
  const { data } = enrolled()
  const first = verify(data, codeOf(data, step))
  assert.ok(first.accepted)
  const earlier = (step - 4) * stepMs
  for (let drift = -5; drift <= 0; drift++) {
    const refused = reasonOf(verify(first.data, codeOf(data, step + drift), earlier))
    assert.ok(refused === 'replay' || refused === 'mismatch', `${drift}: ${refused}`)
  }
  assert.equal(reasonOf(verify(first.data, codeOf(data, step - 4), earlier)), 'replay')
})

test('when two steps share a code, it is spent with the first use', () => {
  // Found by search: this key gives 363238 for the steps before and after, and the other 156081 for the one before and this.
  const before = Buffer.alloc(20)
  before.writeUInt32BE(2_030_641)
  const twice = { ...enrolled().data, key: before.toString('base64url') }
  assert.equal(codeOf(twice, step - 1), codeOf(twice, step + 1))
  const first = verify(twice, '363238')
  assert.ok(first.accepted)
  assert.equal(first.data.lastStep, step + 1)

  before.writeUInt32BE(196_229)
  const used = { ...twice, key: before.toString('base64url'), lastStep: step - 1 }
  assert.equal(codeOf(used, step - 1), codeOf(used, step))
  assert.equal(reasonOf(verify(used, '156081')), 'replay')
})

test('in any order of codes and clock, a step is accepted at most once, only within its window, and only upwards', () => {
  const try_ = fc.record({ clock: fc.integer({ min: -4, max: 8 }), code: fc.integer({ min: -4, max: 8 }) })
  fc.assert(
    fc.property(fc.array(try_, { maxLength: 40 }), fc.uint8Array({ minLength: 20, maxLength: 20 }), (tries, key) => {
      let data: TotpData = { ...enrolled().data, key: Buffer.from(key).toString('base64url') }
      for (const { clock, code } of tries) {
        const verdict = verify(data, codeOf(data, step + code), (step + clock) * stepMs)
        const isInWindow = Math.abs(code - clock) <= 1
        assert.equal(verdict.accepted, isInWindow && step + code > data.lastStep)
        if (!verdict.accepted) continue
        assert.deepEqual(verdict.data, { ...data, lastStep: step + code })
        data = verdict.data
      }
    }),
  )
})

test('a new key has 160 bits, or as many as the hash gives, and comes from the given source of chance', () => {
  const bits = { sha1: 160, sha256: 256, sha512: 512 }
  for (const algorithm of otpAlgorithms) {
    const random = (bytes: number) => createHash('sha512').update(algorithm).digest().subarray(0, bytes)
    const { data } = totp.enroll({ ...moment, random }, account, totp.options.parse({ algorithm }))
    assert.deepEqual(Buffer.from(data.key, 'base64url'), random(bits[algorithm] / 8))
  }
})

test('enrolment shows the key in every form in which it may be taken over', () => {
  const { data, shown } = enrolled({ secret: 'gezd gnbv gy3t qojq gezd gnbv gy3t qojq' })
  assert.equal(shown.secret, 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
  assert.equal(shown.secret_groups, 'GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ')
  assert.match(shown.uri, /^otpauth:\/\/totp\/Example:alice%40example\.test\?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&/)
  assert.deepEqual([shown.algorithm, shown.digits, shown.period], ['sha1', 6, 30])
  assert.equal(Buffer.from(data.key, 'base64url').toString(), '12345678901234567890')
  assert.equal(shown.instructions.length, 3)
})

test('instructions name the settings when they are not the usual ones', () => {
  const { shown } = enrolled({ algorithm: 'sha256', digits: 8 })
  assert.match(shown.instructions.join('\n'), /SHA-256, 8 digits, 30 seconds/)
  assert.match(shown.instructions.join('\n'), /Enter the 8 digits/)
})

test('settings that we do not offer are refused', () => {
  for (const options of [{ algorithm: 'md5' }, { algorithm: 'SHA1' }, { digits: 7 }, { digits: '6' }, { period: 60 }]) {
    assert.equal(totp.options.safeParse(options).success, false, JSON.stringify(options))
  }
})
