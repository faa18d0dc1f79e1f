import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { SignedRequest } from './scheme.ts'
import { signatureBase } from './signature-base.ts'
import { get, post, withHeaders } from './test-requests.ts'

const vector = JSON.parse(
  readFileSync(new URL('../../../../../vectors/signatures.json', import.meta.url), 'utf8'),
).rfc9421_b_2_5

/** RFC 9421, appendix B.2. */
const example: SignedRequest = {
  method: 'POST',
  target: '/foo?param=Value&Pet=dog',
  headers: {
    host: 'example.com',
    date: 'Tue, 20 Apr 2021 02:07:55 GMT',
    'content-type': 'application/json',
    'content-length': '18',
  },
  body: Buffer.from('{"hello": "world"}'),
}

/** The values of the components, or undefined if one of them is none. */
function valuesOf(request: SignedRequest, ...names: string[]): string[] | undefined {
  const lines = signatureBase(request, names, '()')?.split('\n')
  return lines?.slice(0, -1).map((line, index) => {
    const head = `"${names[index]}": `
    assert.ok(line.startsWith(head), line)
    return line.slice(head.length)
  })
}

test('the base and the signature of RFC 9421 B.2.5 come out', () => {
  const params = '("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"'
  const base = signatureBase(example, ['date', '@authority', 'content-type'], params)
  assert.equal(base, vector.signature_base)
  assert.ok(base)
  const key = Buffer.from(vector.shared_secret_base64, 'base64')
  assert.equal(createHmac('sha256', key).update(base).digest('base64'), vector.signature_base64)
})

test('what is derived from the request line is as RFC 9421 has it', () => {
  const derived = (target: string) => valuesOf({ ...example, target }, '@method', '@path', '@query')
  // The examples of sections 2.2.6 and 2.2.7.
  assert.deepEqual(derived('/path?param=value'), ['POST', '/path', '?param=value'])
  assert.deepEqual(derived('/path?param=value&foo=bar&baz=bat%2Dman'), [
    'POST',
    '/path',
    '?param=value&foo=bar&baz=bat%2Dman',
  ])
  assert.deepEqual(derived('/path?queryString'), ['POST', '/path', '?queryString'])
  assert.deepEqual(derived('/path'), ['POST', '/path', '?'])
  assert.deepEqual(derived('/path?'), ['POST', '/path', '?'])
  assert.deepEqual(derived('/path?a?b'), ['POST', '/path', '?a?b'])
  assert.deepEqual(valuesOf(withHeaders(example, { host: 'WWW.Example.com:8080' }), '@authority'), [
    'www.example.com:8080',
  ])
})

test('a component that is unknown, absent or in no form to be signed has no base', () => {
  const names = [
    'x-absent',
    '@target-uri',
    '@scheme',
    '@request-target',
    '@query-param',
    '@status',
    '@signature-params',
  ]
  const strange = ['', '@', 'Date', 'da te', 'date\n', 'constructor', '__proto__', 'hasownproperty']
  for (const name of [...names, ...strange]) assert.equal(valuesOf(example, name), undefined, name)
  for (const target of ['http://example.com/foo', '*', '', '/foo\n', '/f o', '/é']) {
    for (const name of ['@path', '@query']) assert.equal(valuesOf({ ...example, target }, name), undefined, target)
  }
  for (const host of [undefined, '', ['a', 'b'], 'a b', 'a\nb', 'é']) {
    assert.equal(valuesOf(withHeaders(get, { host }), '@authority'), undefined)
  }
  for (const value of [undefined, '', ['a', 'b'], 'a\nb', 'é']) {
    assert.equal(valuesOf(withHeaders(post, { 'x-field': value }), 'x-field'), undefined)
  }
})
