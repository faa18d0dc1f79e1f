import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { signRequest } from '@gatehouse/sdk/signature'
import { compareSignature } from './compare-signature.ts'
import { type CapturedRequest, draftOf, signatureOf } from './signature-draft.ts'
import { type Slip, slipsOfV1, slipsOfV2 } from './signature-slips.ts'

const secret = 'gh_live_9f86d081884c7d659a2feaa0c55ad015'
const body = Buffer.from('{\n  "b": "p/ss zoë",\n  "a": 1\n}\n')
const classic: CapturedRequest = { clientId: 'portal', secret, timestamp: '1710072000', body }
const path = '/v1/users/?b=a%20b&a=1+2'
const whole: CapturedRequest = {
  ...classic,
  v2: { nonce: 'n-0123456789_abcdef', method: 'POST', host: 'auth.example.com:8443', path },
}
const hmac = (text: string, key = secret) => createHmac('sha256', key).update(text).digest('hex')

test('a right signature has no differences, in either scheme', async () => {
  assert.deepEqual(compareSignature(await signRequest(secret, 1_710_072_000, body), classic), [])
  assert.deepEqual(compareSignature(`SHA256=${hmac(`1710072000.${body}`).toUpperCase()}`, classic), [])
  const { client_secret, client_id, timestamp, cases } = JSON.parse(
    readFileSync(new URL('../../../vectors/signatures-v2.json', import.meta.url), 'utf8'),
  )
  for (const { signature, nonce, method, authority: host, target, body: text } of cases) {
    const v2 = { nonce, method, host, path: target }
    const request = { clientId: client_id, secret: client_secret, timestamp, body: Buffer.from(text), v2 }
    assert.deepEqual(compareSignature(`v2=${signature}`, request), [])
  }
})

test('what people do wrong with the classic scheme is told', () => {
  const compact = '{"b":"p/ss zoë","a":1}'
  for (const [signature, ...said] of [
    [`sha256=${hmac(`1710072000.${String(body).trimEnd()}`)}`, /without the line feed at its end/],
    [`sha256=${hmac(`1710072000.${body}\n`)}`, /with a line feed at its end/],
    [`sha256=${hmac(`1710072000000.${body}`)}`, /milliseconds/],
    [`sha256=${hmac(`1710072001.${body}`)}`, /read twice: what was signed is 1 s after/],
    [`sha256=${hmac(`1710072000${body}`)}`, /full stop .* is missing/],
    [`sha256=${hmac(String(body))}`, /Only the body/],
    [`sha256=${hmac(`1710072000.${compact}`)}`, /encoded twice: .* no white space/],
    [`sha256=${hmac('1710072000.{"b": "p/ss zo\\u00eb", "a": 1}')}`, /as Python writes it/],
    [`sha256=${hmac('1710072000.{"a":1,"b":"p/ss zoë"}')}`, /alphabetical/],
    [`sha256=${hmac('1710072000.')}`, /empty when it was signed/],
    [`sha256=${hmac(`1710072000.${body}`, `${secret}\n`)}`, /secret had a line feed/],
    [`sha256=${hmac(`1710072000.${body}`, secret.slice(8))}`, /without its beginning/],
    [hmac(`1710072000.${body}`), /must begin with sha256=/],
    [`sha256=${hmac(`1710072000000.${String(body).trimEnd()}`)}`, /milliseconds/, /line feed at its end/],
    [`sha256=${hmac(`1710072000${body}`, `${secret}\n`)}`, /secret had a line feed/, /full stop/],
  ] as const) {
    const found = compareSignature(signature, classic)
    assert.equal(found?.length, said.length, `${said}: ${found}`)
    for (const [index, pattern] of said.entries()) assert.match(found?.[index] ?? '', pattern)
  }
})

test('what people do wrong with v2 is told', () => {
  const bodyHash = createHash('sha256').update(body).digest('hex')
  const right = [
    'gatehouse-v2',
    'portal',
    '1710072000',
    'n-0123456789_abcdef',
    'POST',
    'auth.example.com:8443',
    path,
    bodyHash,
  ]
  const sign = (change: Record<number, string>, joint = '\n') =>
    `v2=${hmac(right.map((line, index) => change[index] ?? line).join(joint))}`
  assert.deepEqual(compareSignature(sign({}), whole), [])
  for (const [signature, said] of [
    [sign({ 4: 'GET' }), /method that was signed is GET/],
    [sign({ 4: 'post' }), /lower case/],
    [sign({ 5: 'auth.example.com' }), /without its port/],
    [sign({ 5: 'https://auth.example.com:8443' }), /https:/],
    [sign({ 6: '/v1/users/' }), /without the query/],
    [sign({ 6: '/v1/users?b=a%20b&a=1+2' }), /without the slash/],
    [sign({ 6: '/v1/users/?b=a b&a=1+2' }), /decoded/],
    [sign({ 6: '/v1/users/?a=1+2&b=a%20b' }), /another order/],
    [sign({ 7: String(body) }), /body itself/],
    [sign({ 7: createHash('sha256').update(String(body).trim()).digest('hex') }), /without the line feed at its end/],
    [sign({}, '\r\n'), /CR LF/],
    [sign({ 7: `${bodyHash}\n` }), /after the last line/],
    [`v2=${hmac(right.slice(1).join('\n'))}`, /gatehouse-v2/],
    [`v2=${hmac(`1710072000.${body}`)}`, /classic scheme/],
  ] as const) {
    const found = compareSignature(signature, whole)
    assert.equal(found?.length, 1, `${said}: ${found}`)
    assert.match(found?.[0] ?? '', said)
  }
})

/** The signature of somebody who makes this slip, or none. */
function madeBy(request: CapturedRequest, slip?: Slip): string {
  const draft = draftOf(request)
  return signatureOf({ ...draft, ...slip?.change(draft) })
}

test('every slip is found, or an equal one that comes before it', () => {
  for (const [request, slips] of [
    [classic, slipsOfV1],
    [whole, slipsOfV2],
  ] as const) {
    for (const slip of slips) {
      const made = madeBy(request, slip)
      const first = slips.find((other) => madeBy(request, other) === made)
      // Some slips change nothing in this request.
      const expected = made === madeBy(request) ? [] : [first?.said]
      assert.deepEqual(compareSignature(made, request), expected, slip.said)
    }
  }
})

test('a form that is refused whatever was signed is told as well', () => {
  const ms = { ...classic, timestamp: '1710072000000' }
  assert.match(compareSignature(`sha256=${hmac(`1710072000000.${body}`)}`, ms)?.join() ?? '', /must be unix seconds/)
  assert.match(compareSignature('sha256=00', ms)?.join() ?? '', /must be unix seconds/)
  const short = { ...classic, v2: { nonce: '1', method: 'GET', host: 'a', path: '/' } }
  assert.match(compareSignature(madeBy(short), short)?.join() ?? '', /X-Nonce must be/)
})

test('a signature by another secret is like none of the guesses', () => {
  assert.equal(compareSignature(`sha256=${hmac(`1710072000.${body}`, 'other')}`, classic), undefined)
  assert.equal(compareSignature('', classic), undefined)
  assert.equal(compareSignature(`v2=${'0'.repeat(64)}`, whole), undefined)
})
