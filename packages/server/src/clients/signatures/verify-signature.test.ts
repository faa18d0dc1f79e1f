import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { type SignatureScheme, signatureSchemes } from '@gatehouse/contract/signature-scheme'
import type { SignedRequest, Signer } from './scheme.ts'
import {
  get,
  linesOfV2,
  nonce,
  outcomeOf,
  portal,
  post,
  signedAt,
  signMessage,
  signV1,
  signV2,
  skewSeconds,
  text,
  withHeaders,
} from './test-requests.ts'
import { verifySignature } from './verify-signature.ts'

const outcome = (request: SignedRequest, by: Signer = portal) =>
  outcomeOf(verifySignature(by, request, new Date(signedAt * 1000), skewSeconds))

const sign: Record<SignatureScheme, (request: SignedRequest, secret?: string) => SignedRequest> = {
  v1: (request, secret) => signV1(request, signedAt, secret),
  v2: (request, secret = text) => signV2(request, { secret }),
  rfc9421: (request, secret = text) => signMessage(request, { secret }),
}

const usingOnly = (...schemes: SignatureScheme[]): Signer => ({ ...portal, schemes: new Set(schemes) })

test('a client that names no scheme may use each of them', () => {
  for (const scheme of signatureSchemes) {
    for (const request of [post, get]) {
      assert.equal(outcome(sign[scheme](request)), 'valid', scheme)
      assert.equal(outcome(sign[scheme](request, 'another')), 'invalid', scheme)
    }
  }
})

test('018: a scheme that the client does not use is refused, the signature right or wrong', () => {
  for (const pinned of signatureSchemes) {
    for (const scheme of signatureSchemes) {
      const expected = scheme === pinned ? ['valid', 'invalid'] : ['not_allowed', 'not_allowed']
      const outcomes = [sign[scheme](post), sign[scheme](post, 'another')].map((each) =>
        outcome(each, usingOnly(pinned)),
      )
      assert.deepEqual(outcomes, expected, `${scheme} instead of ${pinned}`)
    }
  }
  assert.equal(outcome(sign.rfc9421(post), usingOnly('v2', 'rfc9421')), 'valid')
  assert.equal(outcome(sign.v1(post)), 'valid')
  assert.equal(outcome(sign.v1(post), usingOnly()), 'not_allowed')
})

test('018: the answer says which schemes the client uses, and nothing of the signature', () => {
  const by = usingOnly('v2', 'rfc9421')
  const verdicts = [sign.v1(post), sign.v1(post, 'another')].map((request) =>
    verifySignature(by, request, new Date(0), skewSeconds),
  )
  assert.deepEqual(verdicts[0], {
    valid: false,
    reason: 'not_allowed',
    detail: 'The client proves itself by v2 or rfc9421; this is v1.',
  })
  assert.deepEqual(verdicts[1], verdicts[0])
})

test('018: taking headers away leads to no lower scheme', () => {
  for (const pinned of ['v2', 'rfc9421'] as const) {
    const whole = sign[pinned](post)
    for (const name of Object.keys(whole.headers).filter((each) => !(each in post.headers))) {
      assert.notEqual(outcome(withHeaders(whole, { [name]: undefined }), usingOnly(pinned)), 'valid', name)
    }
  }
})

test('002: without any signature the request is not signed', () => {
  for (const headers of [
    {},
    { 'x-timestamp': String(signedAt) },
    { 'x-signature': '' },
    { 'signature-input': '' },
    { signature: 'sig=:AAAA:' },
  ]) {
    for (const by of [portal, usingOnly('v2')]) assert.equal(outcome(withHeaders(post, headers), by), 'missing')
  }
})

test('a request signed in two ways is refused, even if both are right', () => {
  for (const scheme of ['v1', 'v2'] as const) {
    assert.equal(outcome(sign[scheme](sign.rfc9421(post))), 'invalid')
  }
})

test('what one scheme signs is a signature of no other', () => {
  const mac = (over: string) => createHmac('sha256', text).update(over)
  const lines = linesOfV2(post, signedAt, nonce).join('\n')
  // Each HMAC is right for the one scheme and presented as that of another.
  const v1Hex = String(sign.v1(post).headers['x-signature']).slice('sha256='.length)
  const v2Hex = mac(lines).digest('hex')
  const rfcBase64 = String(sign.rfc9421(post).headers['signature']).slice('sig=:'.length, -1)
  const rfcHex = Buffer.from(rfcBase64, 'base64').toString('hex')
  for (const hex of [v2Hex, rfcHex])
    assert.equal(outcome(withHeaders(sign.v1(post), { 'x-signature': `sha256=${hex}` })), 'invalid')
  for (const hex of [v1Hex, rfcHex])
    assert.equal(outcome(withHeaders(sign.v2(post), { 'x-signature': `v2=${hex}` })), 'invalid')
  for (const hex of [v1Hex, v2Hex]) {
    const signature = `sig=:${Buffer.from(hex, 'hex').toString('base64')}:`
    assert.equal(outcome(withHeaders(sign.rfc9421(post), { signature })), 'invalid')
  }
  // A body in the classic scheme cannot continue into the lines of another: they begin with no digit.
  const body = Buffer.from(lines)
  const joined = mac(`${signedAt}.${lines}`).digest('hex')
  assert.equal(
    outcome(withHeaders({ ...post, body }, { 'x-timestamp': String(signedAt), 'x-signature': `sha256=${joined}` })),
    'valid',
  )
  assert.equal(outcome(withHeaders(sign.v2(post), { 'x-signature': `v2=${joined}` })), 'invalid')
})

test('the classic scheme over nothing may be used again, every other signature once', () => {
  const once = (request: SignedRequest) => {
    const verdict = verifySignature(portal, request, new Date(signedAt * 1000), skewSeconds)
    assert.ok(verdict.valid)
    return verdict.once
  }
  assert.equal(once(sign.v1(get)), undefined)
  for (const request of [get, post]) {
    for (const scheme of ['v2', 'rfc9421'] as const) assert.equal(once(sign[scheme](request)), `nonce:${nonce}`)
  }
  const classic = once(sign.v1(post))
  assert.ok(typeof classic === 'object' && classic.digest.length === 32)
})
