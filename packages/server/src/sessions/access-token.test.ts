import assert from 'node:assert/strict'
import { createHmac, createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Claims } from '@gatehouse/contract/resources'
import {
  CompactEncrypt,
  CompactSign,
  decodeProtectedHeader,
  FlattenedSign,
  GeneralSign,
  type JWTHeaderParameters,
  jwtVerify,
  SignJWT,
  UnsecuredJWT,
} from 'jose'
import { hmacSha256 } from '../crypto/hmac-sha256.ts'
import { readToken, signToken, tokenKey } from './access-token.ts'

const kid = 'key_0123456789abcdefghjkmnpqrs'
const secret = createSecretKey(Buffer.alloc(32, 7))
const ours = tokenKey(kid, secret.export())
const claims: Claims = {
  iss: 'https://auth.example.test',
  sub: 'usr_0123456789abcdefghjkmnpqrs',
  aud: 'portal',
  email: 'ada@example.test',
  role: 'user',
  client_id: 'portal',
  iat: 1_710_072_000,
  exp: 1_710_075_600,
  jti: '0123456789abcdefghjkmnpqrs',
  sid: 'ses_0123456789abcdefghjkmnpqrs',
  amr: ['pwd', 'otp', 'mfa'],
  acr: 'aal2',
  auth_time: 1_710_072_000,
  security: { '2fa_verified': true, ip: '192.0.2.7' },
}
const honest = signToken(ours, claims)
const [header = '', payload = '', signature = ''] = honest.split('.')

const base64url = (text: string | Uint8Array) => Buffer.from(text).toString('base64url')
const bytes = (text: string) => new TextEncoder().encode(text)
/** Any text as payload or header, signed with the right key: more than an attacker can do. */
const signText = (head: string, body: string, key: KeyObject = secret) => {
  const signed = `${head}.${body}`
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}
const refuse = (token: string, name = token) => assert.equal(readToken(ours, token), undefined, name)
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** What this thread has spent, so that a busy machine does not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

test('a token gives back its claims, and they are what the contract says', () => {
  assert.deepEqual(readToken(ours, honest), claims)
  assert.deepEqual(Claims.parse(readToken(ours, honest)), claims)
  const foreign = { ...claims, email: 'жук@пример.example', role: '🔑' }
  assert.deepEqual(readToken(ours, signToken(ours, foreign)), foreign)
})

test('jose, which knows nothing of our code, verifies our tokens', async () => {
  const options = { algorithms: ['HS256'], typ: 'at+jwt', issuer: claims.iss, audience: 'portal' }
  const currentDate = new Date(1_710_072_001_000)
  const verified = await jwtVerify(honest, secret, { ...options, currentDate })
  assert.deepEqual(verified.payload, claims)
  assert.deepEqual(verified.protectedHeader, { alg: 'HS256', typ: 'at+jwt', kid })
  await assert.rejects(jwtVerify(honest, secret, { ...options, currentDate: new Date(claims.exp * 1000) }), {
    code: 'ERR_JWT_EXPIRED',
  })
  await assert.rejects(jwtVerify(honest, Buffer.alloc(32, 8), { ...options, currentDate }))
})

test('a token that jose signs with the same key and header is ours', async () => {
  const token = await new CompactSign(bytes(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid })
    .sign(secret)
  assert.equal(token, honest)
})

test('123: no algorithm but ours, in no spelling, is accepted', async () => {
  refuse(new UnsecuredJWT({ ...claims, sub: claims.sub.toString() }).encode())
  for (const alg of [
    'none',
    'None',
    'nOnE',
    'NONE',
    '',
    'hs256',
    'HS256 ',
    'HS512',
    'HS384',
    'RS256',
    'ES256',
    'EdDSA',
  ]) {
    const head = base64url(JSON.stringify({ alg, typ: 'at+jwt', kid }))
    for (const end of ['', '.', `.${signature}`]) refuse(`${head}.${payload}${end}`, alg)
    refuse(signText(head, payload), `${alg}, signed with the right key`)
  }
  for (const alg of ['HS384', 'HS512']) {
    const long = createSecretKey(Buffer.alloc(64, 7))
    refuse(await new SignJWT({ ...claims, sub: 'x' }).setProtectedHeader({ alg, typ: 'at+jwt', kid }).sign(long), alg)
  }
})

test('123: a public key is of no use as a secret', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = publicKey.export({ type: 'spki', format: 'pem' })
  const der = publicKey.export({ type: 'spki', format: 'der' })
  for (const guess of [pem, ` ${pem}`, `${pem}\n`, pem.trim(), der]) {
    refuse(signText(header, payload, createSecretKey(Buffer.from(guess))))
  }
})

test('124: another kid, in whatever form, is refused, signed with the right key or not', () => {
  const kids = [
    '../../dev/null',
    "' OR 1=1 --",
    'key_0123456789abcdefghjkmnpqrt',
    '',
    null,
    [kid],
    { kid },
    0,
    '__proto__',
  ]
  for (const other of [...kids, 'constructor', `${kid}\0`, ` ${kid}`, 'k'.repeat(10_000)]) {
    const head = base64url(JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: other }))
    refuse(signText(head, payload), String(other))
    refuse(`${head}.${payload}.${signature}`, String(other))
  }
  refuse(signText(base64url(JSON.stringify({ alg: 'HS256', typ: 'at+jwt' })), payload), 'no kid')
})

test('125: a header that brings a key, a place or an extension is refused, signed with the right key or not', async () => {
  const jwk = { kty: 'oct', k: base64url(Buffer.alloc(32, 7)) }
  const additions: readonly Record<string, unknown>[] = [
    { jku: 'https://evil.example/keys' },
    { x5u: 'https://evil.example/cert' },
    { x5c: ['MIIB'] },
    { jwk },
    { zip: 'DEF' },
    { b64: false },
    { crit: ['x'], x: 1 },
    { crit: ['b64'], b64: false },
    { cty: 'JWT' },
    { typ: 'JWT' },
    { typ: 'AT+JWT' },
    { typ: undefined },
  ]
  for (const addition of additions) {
    const whole = { alg: 'HS256', typ: 'at+jwt', kid, ...addition }
    refuse(signText(base64url(JSON.stringify(whole)), payload), JSON.stringify(addition))
  }
  const known = { alg: 'HS256', typ: 'at+jwt', kid, jwk, jku: 'https://evil.example' } as JWTHeaderParameters
  refuse(await new SignJWT({ ...claims, sub: 'x' }).setProtectedHeader(known).sign(secret))
  const encrypted = await new CompactEncrypt(bytes(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt', kid })
    .encrypt(secret)
  assert.equal(decodeProtectedHeader(encrypted).kid, kid)
  refuse(encrypted, 'JWE')
})

test('126: another spelling of the same header is refused', () => {
  for (const text of [
    `{"alg":"HS256","typ":"at+jwt","kid":"${kid}" }`,
    `{"typ":"at+jwt","alg":"HS256","kid":"${kid}"}`,
    `{"alg":"none","alg":"HS256","typ":"at+jwt","kid":"${kid}"}`,
    `{"alg":"HS256","alg":"none","typ":"at+jwt","kid":"${kid}"}`,
    `{"alg":"HS\\u003256","typ":"at+jwt","kid":"${kid}"}`,
    `\ufeff{"alg":"HS256","typ":"at+jwt","kid":"${kid}"}`,
  ]) {
    refuse(signText(base64url(text), payload), text)
  }
})

test('126: a token in a token and the forms of JSON are refused', async () => {
  const nested = await new CompactSign(bytes(honest))
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid, cty: 'JWT' })
    .sign(secret)
  refuse(nested, 'nested')
  const body = bytes(JSON.stringify(claims))
  const protectedHeader = { alg: 'HS256', typ: 'at+jwt', kid }
  const flattened = await new FlattenedSign(body).setProtectedHeader(protectedHeader).sign(secret)
  const general = await new GeneralSign(body).addSignature(secret).setProtectedHeader(protectedHeader).sign()
  assert.equal(flattened.signature, signature)
  for (const form of [flattened, general, [honest], { token: honest }]) refuse(JSON.stringify(form))
})

test('only one text of a signature is accepted, of the four that decode alike', () => {
  const last = alphabet.indexOf(signature.at(-1) ?? '')
  const alike = [0, 1, 2, 3].map((spare) => `${signature.slice(0, -1)}${alphabet.charAt((last & ~3) | spare)}`)
  const digest = Buffer.from(signature, 'base64url')
  for (const text of alike) {
    assert.deepEqual(Buffer.from(text, 'base64url'), digest)
    assert.equal(readToken(ours, `${header}.${payload}.${text}`) !== undefined, text === signature, text)
  }
})

test('padding, white space, other alphabets and other lengths are refused', () => {
  const spaces = ['\n', '\r\n', ' ', '\t', '\0', '\u00a0', '\ufeff', '\u200b', '%0A', '=', '==', '.', '..']
  for (const space of spaces) {
    for (const token of [
      `${honest}${space}`,
      `${space}${honest}`,
      `${header}${space}.${payload}.${signature}`,
      `${header}.${space}${payload}.${signature}`,
      `${header}.${payload}.${signature.slice(0, 20)}${space}${signature.slice(20)}`,
    ]) {
      refuse(token, JSON.stringify(token))
    }
  }
  for (let length = 0; length < signature.length; length++) refuse(`${header}.${payload}.${signature.slice(0, length)}`)
  for (const token of [
    '',
    '.',
    '..',
    header,
    `${header}.${payload}`,
    `${payload}.${signature}`,
    `.${payload}.${signature}`,
  ]) {
    refuse(token)
  }
  refuse(`${header}..${signature}`)
  refuse(`Bearer ${honest}`)
  refuse(`${header}.${payload}.${signature}A`)
  refuse(`${header}.${payload}.${Buffer.from(signature, 'base64url').toString('hex')}`)
  refuse(`${header}.${payload}.${Buffer.from(signature, 'base64url').toString('base64').replace(/=+$/, '+')}`)
})

test('one changed character anywhere makes a token somebody else’s', () => {
  for (let at = 0; at < honest.length; at++) {
    const other = alphabet.charAt((alphabet.indexOf(honest.charAt(at)) + 1) % 64)
    refuse(`${honest.slice(0, at)}${other}${honest.slice(at + 1)}`, `character ${at}`)
  }
})

test('134: payload and signature of two tokens cannot be put together', () => {
  const admin = signToken(tokenKey(kid, Buffer.alloc(32, 8)), { ...claims, role: 'admin' })
  const other = signToken(ours, { ...claims, sid: 'ses_0000000000000000000000000a' })
  const [, adminPayload, adminSignature] = admin.split('.')
  const [, otherPayload, otherSignature] = other.split('.')
  for (const token of [
    admin,
    `${header}.${adminPayload}.${signature}`,
    `${header}.${payload}.${adminSignature}`,
    `${header}.${otherPayload}.${signature}`,
    `${header}.${payload}.${otherSignature}`,
    `${payload}.${header}.${signature}`,
  ]) {
    refuse(token)
  }
})

test('ten thousand characters and more are refused at once', () => {
  for (const token of [
    'a'.repeat(10_000),
    '.'.repeat(1 << 20),
    `${'a'.repeat(1 << 20)}.a.a`,
    `${honest}${'='.repeat(10_000)}`,
  ]) {
    const start = cpuMs()
    refuse(token, `${token.length} characters`)
    assert.ok(cpuMs() - start < 50)
  }
  refuse(signText(header, base64url(JSON.stringify({ ...claims, role: 'x'.repeat(10_000) }))))
})

interface Wycheproof {
  testGroups: {
    comment: string
    private: { kty: string; alg?: string; k: string }
    tests: { tcId: number; comment: string; jws: string; result: 'valid' | 'invalid' }[]
  }[]
}
const vectors = new URL('../../../../vectors/wycheproof/json_web_signature_test.json', import.meta.url)

test('Wycheproof: HS256 under one key and one header accepts what is valid, and no spelling besides', () => {
  const { testGroups }: Wycheproof = JSON.parse(readFileSync(vectors, 'utf8'))
  const differing: Record<number, string> = {
    367: 'the text of 357: its padding is lost in the file',
    370: 'the text of 357: its padding is lost in the file',
    372: 'a question mark in the header',
    373: 'a question mark in the payload',
    376: 'another header',
    377: 'another header',
  }
  let judged = 0
  for (const { private: jwk, tests } of testGroups) {
    if (jwk.kty !== 'oct' || jwk.alg !== 'HS256') continue
    const [head = ''] = tests[0]?.jws.split('.') ?? []
    const key = { header: head, mac: hmacSha256(Buffer.from(jwk.k, 'base64url')) }
    for (const { tcId, comment, jws, result } of tests) {
      const agrees = (readToken(key, jws) !== undefined) === (result === 'valid')
      assert.equal(agrees, differing[tcId] === undefined, `${tcId} ${comment}`)
      judged++
    }
  }
  assert.equal(judged, 40)
})
