import assert from 'node:assert/strict'
import { createHash, createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { Claims } from '@gatehouse/contract/resources'
import type { Verifier } from '@gatehouse/sdk/verify'
import type { ClientId } from '@gatehouse/server/kernel/ids'
import { signToken } from '@gatehouse/server/sessions/access-token'
import { tokenKeys } from '@gatehouse/server/sessions/token-keys'
import type { TestClientOptions } from '@gatehouse/testing/start-test-server'
import { openHouse } from './open-house.ts'
import {
  type App,
  asPerson,
  assertInactive,
  assertProblem,
  assertRefused,
  attack,
  attackOnSqlite,
  type House,
  password,
  signIn,
} from './support.ts'
import { verifierOf } from './verifier-of.ts'

type Json = Readonly<Record<string, unknown>>

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

function decode(part: string): Json {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}

/** A good token of a new user, and its parts. */
async function issueToken(app: App) {
  const token = await signIn(app, await app.createUser({ password }))
  const [header = '', payload = '', signature = ''] = token.split('.')
  return { token, header, payload, signature, claims: decode(payload) as Claims }
}

/** An application that also verifies tokens by itself. */
type VerifyingApp = App & { readonly verifier: Verifier }

async function openVerifyingApp(t: TestContext, house: House, options: TestClientOptions = {}): Promise<VerifyingApp> {
  const app = await house.newApp({ ...options, localVerification: true })
  const verifier = verifierOf(t, app)
  await verifier.ready()
  return { ...app, verifier }
}

type Run = (app: VerifyingApp, t: TestContext) => Promise<void>
const verifying = (run: Run) => async (app: App, t: TestContext) => run(await openVerifyingApp(t, app.house), t)

async function assertGood(app: VerifyingApp, token: string): Promise<void> {
  assert.equal((await app.sdk.tokens.validate({ token })).active, true)
  await app.verifier.ready()
  assert.equal((await app.verifier.verify(token)).active, true)
}

/** The places that take a token take none of these, put each on record, and a verifier takes none either. */
async function assertWorthless(app: VerifyingApp, tokens: readonly string[]): Promise<void> {
  const [first = '', ...rest] = tokens
  for (const token of tokens)
    assert.deepEqual(await app.verifier.verify(token), { active: false, reason: 'invalid' }, token)
  await assertInactive(app, first, 'invalid')
  const refusal = { code: 'token_invalid', event: 'token.rejected', reason: 'invalid', secrets: [first] } as const
  await assertRefused(app, { path: '/v1/auth/logout', body: { token: first } }, refusal)

  const before = await app.look()
  const record = await app.house.recordOf(async () => {
    await Promise.all(
      rest.map(async (token) => {
        const validation = await app.send({ path: '/v1/tokens/validate', body: { token } })
        assert.deepEqual(validation.json, { active: false, reason: 'invalid' }, token)
        assertProblem(await app.send({ path: '/v1/auth/logout', body: { token } }), 'token_invalid')
      }),
    )
  })
  assert.deepEqual(
    record.map(({ type, data }) => [type, data['reason']]),
    rest.flatMap(() => [
      ['token.rejected', 'invalid'],
      ['token.rejected', 'invalid'],
    ]),
  )
  assert.deepEqual(await app.look(), before)
}

/** What an attacker might hope is the key, or can find out. */
function guessKeys(app: App, given: { readonly header: string; readonly token: string }): readonly (string | Buffer)[] {
  const { publicKey } = generateKeyPairSync('ed25519')
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' })
  const { kid } = decode(given.header) as { kid: string }
  return [
    ...['', '\0', 'null', 'undefined', 'secret', app.slug, app.id, kid, given.header],
    ...[app.secret, app.secret.replace(/^gh_\w+?_/, ''), createHash('sha256').update(app.secret).digest()],
    ...[pem, ` ${pem}`, `${pem}\n`, pem.trim(), der, Buffer.alloc(32), Buffer.alloc(64)],
  ]
}

function mac(hash: string, key: string | Buffer, signed: string): string {
  return createHmac(hash, key).update(signed).digest('base64url')
}

attack(
  '123 no other algorithm, no missing signature and no key that can be guessed makes a token',
  verifying(async (app) => {
    const { token, header, payload, signature, claims } = await issueToken(app)
    const { kid } = decode(header)
    const algorithms = [
      'none',
      'None',
      'NONE',
      'nOnE',
      '',
      'HS256 ',
      'hs256',
      'HS384',
      'HS512',
      'RS256',
      'ES256',
      'EdDSA',
      null,
    ]
    const admin = encode({ ...claims, role: 'admin' })
    await assertWorthless(app, [
      ...algorithms
        .map((alg) => encode({ alg, typ: 'at+jwt', kid }))
        .flatMap((forged) => ['', signature].map((last) => `${forged}.${payload}.${last}`)),
      ...[
        `${header}.${payload}.`,
        `${header}.${payload}`,
        `${header}..${signature}`,
        `.${payload}.${signature}`,
        '..',
        '',
      ],
      ...guessKeys(app, { header, token }).map(
        (key) => `${header}.${admin}.${mac('sha256', key, `${header}.${admin}`)}`,
      ),
      ...(['384', '512'] as const).map((bits) => {
        const signed = `${encode({ alg: `HS${bits}`, typ: 'at+jwt', kid })}.${admin}`
        return `${signed}.${mac(`sha${bits}`, app.secret, signed)}`
      }),
    ])
    await assertGood(app, token)
  }),
)

attack(
  '124 a key id leads nowhere but to our key',
  verifying(async (app) => {
    const { token, header, payload, signature } = await issueToken(app)
    const stranger = await app.house.newApp({ tenant: 'default' })
    const { kid } = decode(header)
    const kids = [
      ...[
        '../../dev/null',
        '/dev/null',
        '../keys/k1.key',
        'k1',
        'file:///dev/null',
        'http://127.0.0.1/',
        '',
        ' ',
        '\0',
        '%00',
      ],
      ...["' or '1'='1", "key' union select 'x", '__proto__', 'constructor', 'toString', 'x'.repeat(500), '1', '*'],
      ...[`${kid} `, String(kid).toUpperCase(), undefined, null, 0, [], {}, [kid], { kid }],
      ...[app.id, app.slug, stranger.id, stranger.slug],
    ]
    const tokens = kids.flatMap((kid) => {
      const signed = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${payload}`
      const macs = ['', app.secret, stranger.secret].map((key) => mac('sha256', key, signed))
      return [signature, ...macs].map((last) => `${signed}.${last}`)
    })
    await assertWorthless(app, [...tokens, (await issueToken(stranger)).token])
    const long = encode({ alg: 'HS256', typ: 'at+jwt', kid: 'x'.repeat(10_000) })
    const body = { token: `${long}.${payload}.${signature}` }
    await assertRefused(app, { path: '/v1/tokens/validate', body }, { code: 'invalid_request' })
    await assertGood(app, token)
  }),
)

attackOnSqlite(
  '125 a token cannot bring its own key, nor demand something of us',
  verifying(async (app, t) => {
    const { token, header, payload, signature } = await issueToken(app)
    const { url, calls } = await listen(t)
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const demands: readonly Json[] = [
      { jku: `${url}/jwks.json` },
      { x5u: `${url}/cert.pem` },
      { iss: url },
      { jwk: { kty: 'oct', k: encode('key of the attacker') } },
      { jwk: publicKey.export({ format: 'jwk' }) },
      { x5c: [publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] },
      { x5t: 'x' },
      { crit: ['x'], x: 1 },
      { crit: ['exp'] },
      { crit: [] },
      { b64: false, crit: ['b64'] },
      { zip: 'DEF' },
      { enc: 'A256GCM' },
      { cty: 'JWT' },
      { typ: 'JWT' },
      { typ: 'at+JWT' },
      { typ: undefined },
    ]
    const tokens = demands.flatMap((more) => {
      const signed = `${encode({ ...decode(header), ...more })}.${payload}`
      const macs = ['key of the attacker', app.secret].map((key) => mac('sha256', key, signed))
      return [signature, ...macs].map((last) => `${signed}.${last}`)
    })
    const encrypted = ['dir', 'A256KW', 'RSA-OAEP'].map((alg) => {
      const jwe = encode({ alg, enc: 'A256GCM', kid: decode(header)['kid'] })
      return `${jwe}.${payload}.${encode('iv')}.${payload}.${signature}`
    })
    await assertWorthless(app, [...tokens, ...encrypted])
    assert.deepEqual(calls, [])
    await assertGood(app, token)
  }),
)

/** A place that nobody should call. */
async function listen(t: TestContext) {
  const calls: string[] = []
  const server = createServer().on('connection', () => calls.push('a connection'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { calls, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

attack(
  '126 a token has one spelling: the one that was issued',
  verifying(async (app) => {
    const { token, header, payload, signature, claims } = await issueToken(app)
    const text = JSON.stringify(claims)
    const doubled = encode(text.replace('"role":"user"', '"role":"user","role":"admin"'))
    const flat = { payload, protected: header, signature }
    const nested = `${encode({ alg: 'HS256', typ: 'JWT', cty: 'JWT' })}.${encode(token)}`
    const twin = `${encode(JSON.stringify(decode(header)).replace('}', ',"alg":"none"}'))}.${payload}.${signature}`
    // 43 digits carry two bits more than 32 bytes need: four spellings of one signature.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = alphabet.indexOf(signature.slice(-1))
    const respelled = [1, 2, 3].map((bits) => `${token.slice(0, -1)}${alphabet[(last & ~3) | ((last + bits) & 3)]}`)
    await assertWorthless(app, [
      ...[`${header}.${doubled}.${signature}`, twin, `${nested}.${mac('sha256', app.secret, nested)}`, ...respelled],
      ...[flat, { payload, signatures: [flat] }, token, [token]].map((value) => JSON.stringify(value)),
      ...[`${token} `, ` ${token}`, `${token}\n`, `\n${token}`, `${token}\0`, `${token}=`, `${token}.`, `.${token}`],
      ...[`Bearer ${token}`, `${header}=.${payload}.${signature}`, `${header}.${payload}==.${signature}`],
      ...[`${token}.${signature}`, `${token},${token}`, token.toUpperCase(), token.toLowerCase()],
      ...[token.replaceAll('.', '%2E'), token.replaceAll('.', '．'), `${header}\n.${payload}.${signature}`],
      ...[`${header}.${payload.slice(0, 8)} ${payload.slice(8)}.${signature}`, `${header}.${payload}+/.${signature}`],
    ])
    for (const value of [flat, { payload, signatures: [flat] }, [token], null, 1, true, { token }]) {
      const attempt = { path: '/v1/tokens/validate', body: { token: value } }
      await assertRefused(app, attempt, { code: 'invalid_request', secrets: [token] })
    }
    await assertGood(app, token)
  }),
)

attack('134 a token is nothing in another tenant, and opens no operation of applications', async (app) => {
  const { token, claims } = await issueToken(app)
  const foreigner = await app.house.newApp({ tenant: 'default' })
  await assertInactive(foreigner, token, 'invalid')
  const theirs = { path: `/v1/users/${claims.sub}/sessions` }
  await assertRefused(foreigner, theirs, { code: 'not_found', secrets: [token] })
  const headers = asPerson(token)
  for (const path of ['/v1/users', '/v1/audit-events', '/v1/clients', `/v1/users/${claims.sub}`]) {
    await assertRefused(app, { path, headers }, { code: 'signature_missing', secrets: [token] })
  }
})

attack(
  '127 a token is good for its client, until it ends, and for nobody else',
  verifying(async (app, t) => {
    const { clock } = app.house.server
    const { token, claims } = await issueToken(app)
    const [colleague, foreigner] = [
      await openVerifyingApp(t, app.house),
      await openVerifyingApp(t, app.house, { tenant: 'default' }),
    ]
    for (const other of [colleague, foreigner]) {
      await assertWorthless(other, [token])
      assert.equal((await other.send({ path: '/v1/tokens/revoke', body: { token } })).status, 200)
    }
    const { json } = await app.send({ path: '/v1/tokens/validate', body: { token } })
    assert.deepEqual(json, { active: true, claims, mfa: { verified: false } })
    clock.set(new Date(claims.exp * 1000 - 1))
    await assertGood(app, token)
    clock.advance('1ms')
    assert.deepEqual(await app.verifier.verify(token), { active: false, reason: 'expired' })
    await assertInactive(app, token, 'expired')
    const logout = { path: '/v1/auth/logout', body: { token } }
    await assertRefused(app, logout, {
      code: 'token_invalid',
      event: 'token.rejected',
      reason: 'expired',
      secrets: [token],
    })

    const second = await issueToken(app)
    await app.sdk.auth.logout({ token: second.token })
    await assertInactive(app, second.token, 'revoked')
    const third = await issueToken(app)
    await app.sdk.tokens.revoke({ token: third.token })
    await assertInactive(app, third.token, 'revoked')
  }),
)

test('127 even a token under the right key is not good when it says what we never say', async (t) => {
  const house = await openHouse(t)
  const app = await house.newApp()
  const key = tokenKeys(house.parts.keys).of({ id: app.id as ClientId, tokenKeyNumber: 0 })
  const { token, claims } = await issueToken(app)
  assert.equal(signToken(key, claims), token)
  const { exp, iat } = claims
  const other = (await issueToken(app)).claims
  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    exp: [undefined, String(exp), -exp, 0, exp + 1, exp - 1, exp + 0.5, null, [exp], { exp }, true, 1e300],
    iat: [undefined, String(iat), iat + 3600, -1, null],
    nbf: [iat + 3600, 'tomorrow'],
    iss: ['http://evil.test', 'http://gatehouse.test/', undefined, ['http://gatehouse.test']],
    aud: ['other', [app.slug], undefined, `${app.slug} `],
    client_id: ['other', app.id, undefined],
    sid: ['ses_00000000000000000000000000', undefined, null, '', '__proto__', {}, 1, other.sid],
    sub: [other.sub, undefined, null, [claims.sub]],
  }
  for (const [claim, values] of Object.entries(wrong)) {
    for (const value of values) {
      const forged = signToken(key, { ...claims, [claim]: value } as Claims)
      const answer = await app.send({ path: '/v1/tokens/validate', body: { token: forged } })
      assert.equal(answer.json?.['active'], false, `${claim} ${JSON.stringify(value)}: ${answer.status} ${answer.text}`)
    }
  }
  const huge = encode(JSON.stringify(claims).replace(String(exp), '1e400'))
  const signed = `${key.header}.${huge}`
  const endless = `${signed}.${key.mac(signed).toString('base64url')}`
  assert.equal((await app.sdk.tokens.validate({ token: endless })).active, false)
  assert.equal((await app.sdk.tokens.validate({ token })).active, true)
  assert.deepEqual(house.server.failures, [])
})
