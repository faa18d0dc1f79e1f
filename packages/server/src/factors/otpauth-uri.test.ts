import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TOTP, URI } from 'otpauth'
import { otpauthUri } from './otpauth-uri.ts'
import { drawQr } from './qr.ts'

const key = { secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', algorithm: 'sha1', digits: 6, period: 30 } as const
const longestKey = { secret: 'A'.repeat(103), algorithm: 'sha512', digits: 8, period: 30 } as const

/** What another library reads from our link. */
function readBack(names: { issuer: string; label: string }, of: Parameters<typeof otpauthUri>[1] = key) {
  const read = URI.parse(otpauthUri(names, of))
  assert.ok(read instanceof TOTP)
  return {
    issuer: read.issuer,
    label: read.label,
    secret: read.secret.base32,
    algorithm: read.algorithm,
    digits: read.digits,
  }
}

test('the link of the Key URI Format example', () => {
  const names = { issuer: 'ACME Co', label: 'john.doe@email.com' }
  assert.equal(
    otpauthUri(names, { ...key, secret: 'HXDMVJECJJWSRB3HWIZR4IFUGFTMXBOZ' }),
    'otpauth://totp/ACME%20Co:john.doe%40email.com?secret=HXDMVJECJJWSRB3HWIZR4IFUGFTMXBOZ&issuer=ACME%20Co&algorithm=SHA1&digits=6&period=30',
  )
})

test('079: names with the marks of a link in them come back from another library as they were', () => {
  const marks = [
    '&secret=AAAAAAAA',
    '?secret=AAAA',
    '#x',
    'a:b',
    ':',
    '::',
    '%0a',
    '%3A',
    '\n',
    '\r\n',
    '/../',
    '+ +',
    '😀',
    'İ',
    '"<b>\'',
  ]
  for (const mark of marks) {
    for (const names of [
      { issuer: `Bank${mark}`, label: 'alice@example.test' },
      { issuer: `${mark}Bank`, label: `${mark}alice` },
      { issuer: mark, label: `alice${mark}` },
    ]) {
      assert.deepEqual(
        readBack(names),
        { ...names, secret: key.secret, algorithm: 'SHA1', digits: 6 },
        JSON.stringify(names),
      )
    }
  }
})

test('079: any short names come back from another library as they were', () => {
  const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }).filter((text) => text.isWellFormed())
  fc.assert(
    fc.property(name, name, (issuer, label) => {
      const read = readBack({ issuer, label }, longestKey)
      assert.deepEqual([read.issuer, read.label, read.secret], [issuer, label, longestKey.secret])
      assert.deepEqual([read.algorithm, read.digits], ['SHA512', 8])
    }),
  )
})

test('079: names of 2 kB are cut between characters, and the link still fits a QR code', () => {
  for (const long of [
    'x'.repeat(2048),
    'Ж'.repeat(1024),
    '👩‍👩‍👧'.repeat(80),
    'e\u0301'.repeat(600),
    ':'.repeat(2048),
  ]) {
    const uri = otpauthUri({ issuer: long, label: long }, longestKey)
    assert.ok(uri.length <= 718, `${uri.length}`)
    assert.doesNotThrow(() => drawQr(uri))
    const read = readBack({ issuer: long, label: long }, longestKey)
    assert.equal(read.secret, longestKey.secret)
    for (const name of [read.issuer, read.label]) {
      assert.ok(name.endsWith('…') && name.length > 1, name)
      assert.ok(long.startsWith(name.slice(0, -1)))
      const [first, ...others] = new Set(
        Array.from(new Intl.Segmenter().segment(name.slice(0, -1)), ({ segment }) => segment),
      )
      assert.ok(first && long.startsWith(first) && others.length === 0, 'a character was cut in two')
    }
  }
})

test('an e-mail address of the greatest length stays whole', () => {
  const label = `${'a'.repeat(64)}@${'b'.repeat(180)}.example`
  assert.equal(label.length, 253)
  assert.equal(readBack({ issuer: 'Example', label }).label, label)
})

test('a lone surrogate becomes a replacement character instead of an exception', () => {
  assert.equal(readBack({ issuer: 'Example', label: 'a\ud800' }).label, 'a\ufffd')
})
