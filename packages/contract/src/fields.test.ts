import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { Email, EndUser, idOf, Page, Password, Time, text } from './fields.ts'

const accepts = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success

const id = 'usr_0123456789abcdefghjkmnpqrs'

test('192: text is well-formed and without U+0000, and keeps every other character', () => {
  for (const value of ['\0', 'a\0b', '\ud800', '\udc00', 'a\ud800b', '\udc00\ud800', '', 'x'.repeat(11)]) {
    assert.equal(accepts(text(10), value), false, JSON.stringify(value))
  }
  for (const value of [
    'a',
    ' ',
    '🔑',
    '\u0001',
    '\u202e',
    '\r\n',
    '1=1 --',
    '<b>',
    '\ufeff',
    '\uffff',
    'x'.repeat(10),
  ]) {
    assert.equal(text(10).parse(value), value)
  }
})

test('an id is its own prefix, and 26 characters of its alphabet', () => {
  const user = idOf('usr')
  assert.ok(accepts(user, id))
  const near = [
    ` ${id}`,
    `${id}\n`,
    `x${id}`,
    `${id}0`,
    id.slice(0, -1),
    id.replace('usr', 'ses'),
    id.replace('usr', 'USR'),
  ]
  const lettersNotOurs = ['i', 'l', 'o', 'u', 'A', '/', '-', '\0', 'é', '%'].map((letter) => id.slice(0, -1) + letter)
  for (const value of [...near, ...lettersNotOurs, '', 'usr_', 5, null, {}]) {
    assert.equal(accepts(user, value), false, JSON.stringify(value))
  }
})

test('087: an address is one address, in ASCII or not', () => {
  const good = `ada@example.org a@b ada.lovelace+x@example.org o'brien@example.org жук@пример.рф a@bücher.example
    a@xn--bcher-kva.example user/dept=x@example.org {!#$%&*^\`|~}@example.org ${'a'.repeat(64)}@example.org`
  for (const value of good.split(/\s+/)) assert.ok(accepts(Email, value), value)
  const bad = `a @ a@ @b a@b@c a@b,c@d "ab"@c <a@b> a@[::1] a@b:25 a@b/c a@b?c a@b#c a@b%00 a@b_c a@b. a@.b a@b..c
    a;b@c@d a\\b@c (a)b@c ${'a'.repeat(65)}@b a@${'b'.repeat(319)} a@${'b.'.repeat(32_768)}b`
  const spaced = ['', 'a@b c', ' a@b', 'a@b ', 'a@b\n', 'a@x\r\nBcc: b@y', 'a\0@b', 'a\u200b@b', 'a\ufe0f@b']
  for (const value of [...bad.split(/\s+/), ...spaced, null, ['a@b']]) {
    assert.equal(accepts(Email, value), false, JSON.stringify(value)?.slice(0, 80))
  }
})

test('054: a password is taken as it is typed, up to a length that costs nothing', () => {
  for (const value of [' ', '\0', 'pass word ', '🔑'.repeat(64), 'e\u0301', 'x'.repeat(1024)]) {
    assert.equal(Password.parse(value), value)
  }
  for (const value of ['', 'x'.repeat(1025), 'lone \ud800 surrogate', null, 12345678]) {
    assert.equal(accepts(Password, value), false, String(value))
  }
})

test('a time is RFC 3339 in UTC', () => {
  for (const value of ['2026-11-21T22:00:00Z', '2026-11-21T22:00:00.123Z']) assert.ok(accepts(Time, value), value)
  for (const value of [
    '2026-11-21',
    '2026-11-21T22:00:00',
    '2026-11-21T22:00:00+01:00',
    '2026-13-01T00:00:00Z',
    'now',
    0,
  ]) {
    assert.equal(accepts(Time, value), false, String(value))
  }
})

test('the person behind a call has an address of either family, and nothing else that we do not know', () => {
  for (const ip of ['192.0.2.7', '2001:db8::1', '::ffff:192.0.2.7']) assert.ok(accepts(EndUser, { ip }), ip)
  for (const ip of ['', '010.0.0.1', '127.1', '192.0.2.7:80', '[::1]', 'fe80::1%eth0', '192.0.2.0/24', 'unknown']) {
    assert.equal(accepts(EndUser, { ip }), false, ip)
  }
  assert.equal(accepts(EndUser, { ip: '192.0.2.7', role: 'admin' }), false)
})

test('163: a page has from 1 to 200 rows', () => {
  const page = z.strictObject(Page)
  assert.deepEqual(page.parse({}), { limit: 50 })
  assert.deepEqual(page.parse({ limit: '200' }), { limit: 200 })
  for (const limit of ['0', '-1', '201', '1e9', '1.5', '', 'all', ['1', '2'], 'NaN', 'Infinity']) {
    assert.equal(accepts(page, { limit }), false, String(limit))
  }
})
