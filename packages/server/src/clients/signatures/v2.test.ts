import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import type { SignedRequest, Signer } from './scheme.ts'
import {
  get,
  linesOfV2,
  nonce,
  outcomeOf,
  portal,
  post,
  secretOf,
  signedAt,
  signV1,
  signV2,
  skewSeconds,
  text,
  type V2Options,
  withHeaders,
} from './test-requests.ts'
import { verifyV2 } from './v2.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../../../vectors/signatures-v2.json', import.meta.url), 'utf8'))

function verify(request: SignedRequest, nowMs = signedAt * 1000, by: Signer = portal) {
  return verifyV2(by, request, new Date(nowMs), skewSeconds)
}

const outcome = (...args: Parameters<typeof verify>) => outcomeOf(verify(...args))

test('a right signature is valid once, over a body and over none', () => {
  for (const request of [post, get, { ...get, method: 'DELETE', target: '/' }]) {
    assert.deepEqual(verify(signV2(request)), { valid: true, secretId: 'sec_1', once: `nonce:${nonce}` })
  }
})

test('what others signed by the manual is valid', () => {
  assert.equal(vectors.cases.length, 4)
  for (const { method, target, authority, body, nonce: once, signature } of vectors.cases) {
    const headers = {
      host: authority,
      'x-client-id': vectors.client_id,
      'x-timestamp': vectors.timestamp,
      'x-nonce': once,
      'x-signature': `v2=${signature}`,
    }
    assert.equal(outcome({ method, target, headers, body: Buffer.from(body) }), 'valid', target)
  }
})

test('002: without signature, timestamp or nonce nothing is signed', () => {
  for (const name of ['x-signature', 'x-timestamp', 'x-nonce']) {
    for (const value of [undefined, '', ['a', 'b']]) {
      assert.equal(outcome(withHeaders(signV2(post), { [name]: value })), 'missing', name)
    }
  }
  assert.match(JSON.stringify(verify(withHeaders(signV2(post), { 'x-nonce': undefined }))), /X-Nonce/)
})

test('003: one changed bit in signature, body, timestamp or nonce makes it invalid', () => {
  const whole = signV2(post)
  const flip = (value: string, index: number, bit: number) =>
    `${value.slice(0, index)}${String.fromCharCode(value.charCodeAt(index) ^ bit)}${value.slice(index + 1)}`
  for (const name of ['x-signature', 'x-timestamp', 'x-nonce']) {
    const value = String(whole.headers[name])
    for (let index = 0; index < value.length; index++) {
      for (const bit of [1, 2, 4, 8, 16, 32]) {
        const changed = flip(value, index, bit)
        assert.equal(outcome(withHeaders(whole, { [name]: changed })), 'invalid', changed)
      }
    }
  }
  for (let index = 0; index < post.body.byteLength; index++) {
    const body = Buffer.from(post.body)
    body.writeUInt8(body.readUInt8(index) ^ 1, index)
    assert.equal(outcome({ ...whole, body }), 'invalid')
  }
  for (const body of [Buffer.concat([post.body, Buffer.from('\n')]), post.body.subarray(1), new Uint8Array()]) {
    assert.equal(outcome({ ...whole, body }), 'invalid')
  }
})

test('004, 005, 006: there is one spelling of a signature', () => {
  const whole = signV2(post)
  const hex = String(whole.headers['x-signature']).slice(3)
  const cut = [0, 1, 16, 62, 63].map((length) => `v2=${hex.slice(0, length)}`)
  const spelled = [hex.toUpperCase(), `${hex}0`, `${hex}${hex}`, ` ${hex}`, `${hex} `, `${hex}\n`, 'zz'.repeat(32)]
  const prefixed = [`V2=${hex}`, `sha256=${hex}`, `v2:${hex}`, `v1=${hex}`, `v3=${hex}`, `v2=v2=${hex}`, hex]
  const coded = `v2=${Buffer.from(hex, 'hex').toString('base64')}`
  for (const signature of [...cut, ...spelled.map((each) => `v2=${each}`), ...prefixed, coded, 'v2', 'none=']) {
    assert.equal(outcome(withHeaders(whole, { 'x-signature': signature })), 'invalid', signature)
  }
  for (const algorithm of ['sha1', 'sha512', 'md5']) {
    const mac = createHmac(algorithm, text)
      .update(linesOfV2(post, signedAt, nonce).join('\n'))
      .digest('hex')
    assert.equal(outcome(withHeaders(whole, { 'x-signature': `v2=${mac}` })), 'invalid', algorithm)
  }
})

test('007: a signature is good for 300 seconds before and after, and the time has one spelling', () => {
  for (const [seconds, expected] of [
    [-301, 'out_of_range'],
    [-300, 'valid'],
    [300, 'valid'],
    [301, 'out_of_range'],
  ] as const) {
    assert.equal(outcome(signV2(post), (signedAt + seconds) * 1000), expected, String(seconds))
  }
  assert.equal(outcome(signV2(post), signedAt * 1000 + 300_001), 'out_of_range')
  for (const timestamp of [
    '0',
    '-1',
    `0${signedAt}`,
    `+${signedAt}`,
    `${signedAt}.0`,
    `${signedAt} `,
    '9'.repeat(13),
  ]) {
    assert.equal(outcome(signV2(post, { timestamp })), 'invalid', timestamp)
  }
})

test('only who has the secret learns that the time is out of range', () => {
  assert.equal(outcome(signV2(post, { secret: 'another' }), 0), 'invalid')
})

test('012: two signatures, timestamps, nonces or hosts are none', () => {
  const whole = signV2(post)
  for (const name of ['x-signature', 'x-timestamp', 'x-nonce', 'host']) {
    const value = String(whole.headers[name])
    assert.equal(outcome(withHeaders(whole, { [name]: `${value}, ${value}` })), 'invalid', name)
  }
})

test('013: method, path, query, their order, authority and client are covered', () => {
  const whole = signV2(post)
  const changed: SignedRequest[] = [
    ...['PUT', 'PATCH', 'DELETE', 'GET', 'post'].map((method) => ({ ...whole, method })),
    ...[
      '/v1/users',
      '/v1/users?',
      '/v1/users?role=a%20b&dry_run=1',
      '/v1/users?dry_run=1&role=a+b',
      '/v1/users?dry_run=1&role=a%20b&',
      '/v1/users?dry_run=1&role=a%20b#',
      '/v1/users/?dry_run=1&role=a%20b',
      '/v1/%75sers?dry_run=1&role=a%20b',
      '//v1/users?dry_run=1&role=a%20b',
      '/V1/users?dry_run=1&role=a%20b',
      'http://auth.example.com/v1/users?dry_run=1&role=a%20b',
    ].map((target) => ({ ...whole, target })),
    ...['auth.example.com:443', 'auth.example.com.', 'example.com', '', undefined].map((host) =>
      withHeaders(whole, { host }),
    ),
  ]
  for (const request of changed) assert.equal(outcome(request), 'invalid', JSON.stringify(request))
  const other = { ...portal, slug: 'other' }
  assert.equal(outcome(whole, undefined, other), 'invalid')
})

test('the authority counts in lower case, with its port', () => {
  const signed = signV2(withHeaders(post, { host: 'auth.example.com:8443' }))
  assert.equal(outcome(withHeaders(signed, { host: 'AUTH.Example.com:8443' })), 'valid')
  assert.equal(outcome(withHeaders(signed, { host: 'auth.example.com' })), 'invalid')
})

test('a nonce has 16 to 64 letters, digits, underscores and hyphens', () => {
  for (const good of ['a'.repeat(16), 'Z-_9'.repeat(16)]) {
    assert.equal(outcome(signV2(post, { nonce: good })), 'valid')
  }
  const bad = [
    'a'.repeat(15),
    'a'.repeat(65),
    `${'a'.repeat(20)}=`,
    `${'a'.repeat(20)} `,
    `${'a'.repeat(20)}\n`,
    'é'.repeat(20),
  ]
  for (const each of bad) assert.equal(outcome(signV2(post, { nonce: each })), 'invalid', each)
})

test('no field can bring a line of its own', () => {
  const requests: [SignedRequest, V2Options][] = [
    [{ ...post, target: '/v1/users\n/v1/users' }, {}],
    [{ ...post, target: '/v1/users\r' }, {}],
    [{ ...post, target: '/v1/usérs' }, {}],
    [{ ...post, target: '/v1/users /' }, {}],
    [withHeaders(post, { host: 'auth.example.com\n/v1' }), {}],
    [post, { nonce: `${nonce}\nPOST` }],
    [post, { timestamp: `${signedAt}\n${nonce}` }],
  ]
  for (const [request, options] of requests) assert.equal(outcome(signV2(request, options)), 'invalid')
})

test('another order of the lines, one less, one more or another domain is invalid', () => {
  const ways: V2Options['lines'][] = [
    (lines) => lines.slice(1),
    (lines) => lines.slice(0, -1),
    (lines) => [...lines, ''],
    (lines) => lines.toReversed(),
    ([, ...lines]) => ['gatehouse-v1', ...lines],
    ([, ...lines]) => ['', ...lines],
    (lines) => [lines.join('\r\n')],
  ]
  for (const lines of ways) if (lines) assert.equal(outcome(signV2(post, { lines })), 'invalid', String(lines))
})

test('what one request signs no other does', () => {
  const part = (unit: fc.Arbitrary<string>) => fc.string({ unit, minLength: 1, maxLength: 12 })
  const visible = part(fc.constantFrom(...'aZ09/?&=%.:-_'))
  const request = fc
    .record({
      method: fc.constantFrom('GET', 'POST', 'DELETE'),
      path: visible,
      host: part(fc.constantFrom(...'a.b:1')),
      body: part(fc.constantFrom('a', '\n')),
    })
    .map(({ method, path, host, body }) =>
      withHeaders({ ...post, method, target: `/${path}`, body: Buffer.from(body) }, { host }),
    )
  fc.assert(
    fc.property(request, request, (one, other) => {
      const signed = signV2(one)
      assert.equal(
        outcome({ ...other, headers: { ...signed.headers, host: other.headers['host'] } }),
        isDeepStrictEqual(one, other) ? 'valid' : 'invalid',
      )
      assert.equal(outcome(signed), 'valid')
    }),
  )
})

test('every live secret of the client is good, and no other', () => {
  const ended = signedAt * 1000
  const rotating = { ...portal, secrets: [secretOf('new', 'sec_2'), secretOf('old', 'sec_1', ended + 1)] }
  for (const [secret, secretId] of [
    ['new', 'sec_2'],
    ['old', 'sec_1'],
  ] as const) {
    const verdict = verify(signV2(post, { secret }), undefined, rotating)
    assert.equal(verdict.valid && verdict.secretId, secretId)
  }
  assert.equal(outcome(signV2(post, { secret: 'old' }), ended + 1, rotating), 'invalid')
  assert.equal(outcome(signV2(post), undefined, { ...portal, secrets: [] }), 'invalid')
})

test('a signature of the classic scheme is none of this one', () => {
  const mac = String(signV1(post).headers['x-signature']).slice('sha256='.length)
  assert.equal(outcome(withHeaders(signV2(post), { 'x-signature': `v2=${mac}` })), 'invalid')
})
