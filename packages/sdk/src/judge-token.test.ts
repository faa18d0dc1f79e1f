import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { hmacByWebCrypto, hmacUnder } from './hmac.ts'
import { type Expected, headerOf, isOurs, readToken } from './judge-token.ts'

const bytes = new Uint8Array(32).fill(7)
const header = headerOf('key_0')
const expected: Expected = { issuer: 'http://gatehouse.test', clientId: 'portal', lifeSeconds: 3600 }
const claims = {
  iss: expected.issuer,
  sub: 'usr_1',
  aud: 'portal',
  client_id: 'portal',
  iat: 1_790_000_000,
  exp: 1_790_003_600,
  auth_time: 1_790_000_000,
  sid: 'ses_01hrz3q8x0e5t9v2b7n4m6k8p1',
  acr: 'aal1',
  amr: ['pwd'],
}

function tokenOf(payload: string): string {
  const signed = `${header}.${payload}`
  return `${signed}.${createHmac('sha256', bytes).update(signed).digest('base64url')}`
}
const encode = (text: string) => Buffer.from(text).toString('base64url')

test('WebCrypto and Node agree on every token', async () => {
  const token = tokenOf(encode(JSON.stringify({ ...claims, name: 'Zoë 🔑' })))
  for (const make of [hmacUnder, hmacByWebCrypto]) {
    const keys = [{ header, hmac: make(bytes) }]
    assert.deepEqual(await readToken(keys, token), { ...claims, name: 'Zoë 🔑' })
    assert.equal(await readToken(keys, `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`), undefined)
  }
})

test('under the right key, too, a payload has one spelling and is JSON', async () => {
  const keys = [{ header, hmac: hmacUnder(bytes) }]
  const payload = encode(JSON.stringify(claims))
  for (const odd of [`${payload}=`, `${payload} `, `${payload}+`, 'e30.e30', encode('{'), '', 'e31', '_w']) {
    assert.equal(await readToken(keys, tokenOf(odd)), undefined, odd)
  }
})

test('under the right key, too, a token says what the server says and nothing else', () => {
  assert.ok(isOurs(claims, expected))
  const { exp, iat } = claims
  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    exp: [undefined, String(exp), -exp, 0, exp + 1, exp + 0.5, null, [exp], true, 1e300, Number.POSITIVE_INFINITY],
    iat: [undefined, String(iat), iat + 3600, iat - 1, -1, null],
    nbf: [iat, 'tomorrow'],
    iss: ['http://evil.test', 'http://gatehouse.test/', undefined, ['http://gatehouse.test']],
    aud: ['other', ['portal'], undefined, 'portal '],
    client_id: ['other', undefined],
    sid: [undefined, null, '', '__proto__', {}, 1, 'ses_1', `${claims.sid} `],
    sub: [undefined, null, ['usr_1'], 0.5],
    acr: ['aal9', undefined, ['aal1']],
    amr: ['pwd', undefined],
    auth_time: ['1790000000', undefined],
  }
  for (const [claim, values] of Object.entries(wrong)) {
    for (const value of values) {
      const said: unknown = { ...claims, [claim]: value }
      assert.ok(!isOurs(said, expected), `${claim} ${JSON.stringify(value)}`)
    }
  }
  for (const said of [undefined, null, 1, 'text', []]) assert.ok(!isOurs(said, expected))
})
