import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { httpbis } from 'http-message-signatures'
import { verifyMessageSignature } from './rfc9421.ts'
import type { SignedRequest, Signer } from './scheme.ts'
import {
  contentDigest,
  covered,
  coveredWithoutBody,
  get,
  type MessageOptions,
  nonce,
  outcomeOf,
  parameters,
  portal,
  post,
  secretOf,
  signedAt,
  signMessage,
  skewSeconds,
  text,
  withHeaders,
} from './test-requests.ts'

function verify(request: SignedRequest, nowMs = signedAt * 1000, by: Signer = portal) {
  return verifyMessageSignature(by, request, new Date(nowMs), skewSeconds)
}

const outcome = (...args: Parameters<typeof verify>) => outcomeOf(verify(...args))

/** Signed rightly, but for what the options say. */
const signedAs = (options: MessageOptions) => outcome(signMessage(post, options))

test('a right signature is valid once, over a body and over none', () => {
  for (const request of [post, get, { ...get, method: 'DELETE', target: '/' }]) {
    assert.deepEqual(verify(signMessage(request)), { valid: true, secretId: 'sec_1', once: `nonce:${nonce}` })
  }
})

test('what an independent library signs is valid, and what is valid that library verifies', async () => {
  const { headers, body } = withHeaders(post, { 'content-digest': contentDigest(post.body, 'sha-512') })
  const url = `https://auth.example.com${post.target}`
  const sign = async (data: Buffer) => createHmac('sha256', text).update(data).digest()
  const signed = await httpbis.signMessage(
    {
      key: { id: 'portal', alg: 'hmac-sha256', sign },
      name: 'their-label',
      fields: [...covered, 'content-type'],
      params: ['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'],
      paramValues: {
        created: new Date(signedAt * 1000),
        expires: new Date((signedAt + 60) * 1000),
        nonce: 'bm9uY2U+/w==bm9uY2U=',
        tag: 'gatehouse',
      },
    },
    { method: post.method, url, headers: headers as Record<string, string> },
  )
  const byName = Object.fromEntries(Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value]))
  assert.deepEqual(verify({ ...post, headers: byName, body }), {
    valid: true,
    secretId: 'sec_1',
    once: 'nonce:bm9uY2U+/w==bm9uY2U=',
  })

  const ours = signMessage(post)
  const verified = await httpbis.verifyMessage(
    {
      keyLookup: async ({ keyid }) => ({
        id: String(keyid),
        algs: ['hmac-sha256'],
        verify: async (data, given) => (await sign(data)).equals(given),
      }),
      notAfter: new Date((signedAt + 1) * 1000),
    },
    { method: post.method, url, headers: ours.headers as Record<string, string> },
  )
  assert.equal(verified, true)
})

test('002: without one of the two headers nothing is signed', () => {
  for (const name of ['signature', 'signature-input']) {
    for (const value of [undefined, '', ['a', 'b']]) {
      assert.equal(outcome(withHeaders(signMessage(post), { [name]: value })), 'missing')
    }
  }
})

test('003, 005: a signature that is changed, cut or in another encoding is invalid', () => {
  const whole = signMessage(post)
  const base64 = String(whole.headers['signature']).slice('sig=:'.length, -1)
  const mac = Buffer.from(base64, 'base64')
  const flipped = Array.from({ length: 256 }, (_, bit) => {
    const copy = Buffer.from(mac)
    copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    return `sig=:${copy.toString('base64')}:`
  })
  const cut = [0, 1, 16, 31].map((length) => `sig=:${mac.subarray(0, length).toString('base64')}:`)
  const spelled = [
    `sig=:${base64.replace('=', '')}:`,
    `sig=:${base64.replace(/.=$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=`)}:`,
    `sig=:${mac.toString('base64url')}:`,
    `sig=:${base64}${base64}:`,
    `sig=:${Buffer.concat([mac, Buffer.of(0)]).toString('base64')}:`,
    `sig="${base64}"`,
    `sig=${base64}`,
    `sig=${mac.toString('hex')}`,
    `sig=(:${base64}:)`,
    `sig=:${base64}:;x=1`,
    `sig=:${base64}:,`,
    `sig=:${base64}: :${base64}:`,
    'sig',
    'sig=?1',
  ]
  for (const signature of [...flipped, ...cut, ...spelled]) {
    assert.equal(outcome(withHeaders(whole, { signature })), 'invalid', signature)
  }
})

test('006: no other algorithm is accepted, whether it is named or not', () => {
  assert.equal(signedAs({ parameters: `${parameters};alg="hmac-sha256"` }), 'valid')
  for (const alg of ['hmac-sha512', 'HMAC-SHA256', 'rsa-v1_5-sha256', 'none', '']) {
    assert.equal(signedAs({ parameters: `${parameters};alg="${alg}"` }), 'invalid', alg)
  }
  for (const alg of ['hmac-sha256', '1', ':aGVsbG8=:', '?1']) {
    assert.equal(signedAs({ parameters: `${parameters};alg=${alg}` }), 'invalid', alg)
  }
  assert.equal(signedAs({ parameters: `${parameters};alg` }), 'invalid')
})

test('007, 017: created may be 300 seconds off, and a signature ends with its expires', () => {
  for (const [seconds, expected] of [
    [-301, 'out_of_range'],
    [-300, 'valid'],
    [300, 'valid'],
    [301, 'out_of_range'],
  ] as const) {
    assert.equal(outcome(signMessage(post), (signedAt + seconds) * 1000), expected, String(seconds))
  }
  const short = signMessage(post, { parameters: `${parameters};expires=${signedAt + 60}` })
  for (const [ms, expected] of [
    [59_999, 'valid'],
    [60_000, 'out_of_range'],
    [3_600_000, 'out_of_range'],
  ] as const) {
    assert.equal(outcome(short, signedAt * 1000 + ms), expected, String(ms))
  }
  // A late end does not make it live longer.
  const long = signMessage(post, { parameters: `${parameters};expires=${signedAt + 86_400}` })
  assert.equal(outcome(long, (signedAt + 301) * 1000), 'out_of_range')
})

test('only who has the secret learns that the time is out of range', () => {
  assert.equal(outcome(signMessage(post, { secret: 'another' }), 0), 'invalid')
})

test('013: method, path, query, their order, authority and client are covered', () => {
  const whole = signMessage(post)
  const changed: SignedRequest[] = [
    ...['PUT', 'PATCH', 'DELETE', 'post'].map((method) => ({ ...whole, method })),
    ...[
      '/v1/users',
      '/v1/users?role=a%20b&dry_run=1',
      '/v1/users?dry_run=1&role=a+b',
      '/v1/users?dry_run=1&role=a%20b&',
      '/v1/users?dry_run=1&role=a%20b#',
      '/v1/users/?dry_run=1&role=a%20b',
      '/v1/%75sers?dry_run=1&role=a%20b',
      '//v1/users?dry_run=1&role=a%20b',
      '/v1/users%3Fdry_run=1&role=a%20b',
      'http://auth.example.com/v1/users?dry_run=1&role=a%20b',
    ].map((target) => ({ ...whole, target })),
    ...['auth.example.com:443', 'auth.example.com.', 'example.com', '', undefined].map((host) =>
      withHeaders(whole, { host }),
    ),
    withHeaders(whole, { 'x-client-id': 'other' }),
    withHeaders(whole, { 'x-client-id': undefined }),
  ]
  for (const request of changed) assert.equal(outcome(request), 'invalid', JSON.stringify(request))
  assert.equal(outcome(whole, undefined, { ...portal, slug: 'other' }), 'invalid')
  assert.equal(outcome(signMessage(withHeaders(post, { 'x-client-id': 'other' }))), 'invalid')
})

test('014: what is not covered makes a right signature invalid, and the answer names it', () => {
  assert.equal(signedAs({ components: ['@method'] }), 'invalid')
  assert.equal(signedAs({ components: [] }), 'invalid')
  for (const name of covered) {
    const verdict = verify(signMessage(post, { components: covered.filter((each) => each !== name) }))
    assert.deepEqual(verdict, { valid: false, reason: 'invalid', detail: `The signature must cover "${name}".` })
  }
  for (const name of coveredWithoutBody) {
    const components = coveredWithoutBody.filter((each) => each !== name)
    assert.equal(outcome(signMessage(get, { components })), 'invalid', name)
  }
})

test('more may be covered, in any order', () => {
  assert.equal(signedAs({ components: ['content-type', ...covered.toReversed()] }), 'valid')
  const changed = withHeaders(signMessage(post, { components: ['content-type', ...covered] }), {
    'content-type': 'text/plain',
  })
  assert.equal(outcome(changed), 'invalid')
  const removed = withHeaders(signMessage(post, { components: ['content-type', ...covered] }), {
    'content-type': undefined,
  })
  assert.equal(outcome(removed), 'invalid')
})

test('014: a component with parameters, twice, unknown or not in lower case is invalid', () => {
  assert.equal(signedAs({ components: [...covered, '@method'] }), 'invalid')
  for (const name of ['@scheme', '@status', '@signature-params', 'X-Client-Id', 'signature"']) {
    assert.equal(signedAs({ components: [...covered, name] }), 'invalid', name)
  }
  for (const written of ['"@method";req', '"@method";sf', '"@query-param";name="dry_run"', '@method', ':AAAA:', '1']) {
    const request = signMessage(post)
    const input = String(request.headers['signature-input']).replace('"@method"', written)
    const base = [
      `${written}: POST`,
      ...covered.slice(1).map((name) => `"${name}": ${lineOf(request, name)}`),
      `"@signature-params": ${input.slice('sig='.length)}`,
    ].join('\n')
    const signature = `sig=:${createHmac('sha256', text).update(base).digest('base64')}:`
    assert.equal(outcome(withHeaders(request, { 'signature-input': input, signature })), 'invalid', written)
  }
})

function lineOf(request: SignedRequest, name: string): string {
  const [path, query] = request.target.split('?')
  return (
    { '@authority': 'auth.example.com', '@path': path, '@query': `?${query}` }[name] ?? String(request.headers[name])
  )
}

test('015: the body is covered by a digest that is computed anew', () => {
  const whole = signMessage(post)
  for (const body of [Buffer.from('{}'), Buffer.concat([post.body, Buffer.from('\n')]), post.body.subarray(1)]) {
    assert.equal(outcome({ ...whole, body }), 'invalid')
    // The digest changed with the body is no longer the one that was signed.
    assert.equal(outcome(withHeaders({ ...whole, body }, { 'content-digest': contentDigest(body) })), 'invalid')
  }
  assert.equal(outcome({ ...whole, body: new Uint8Array() }), 'invalid')
  assert.equal(outcome({ ...signMessage(get), body: Buffer.from('{}') }), 'invalid')
  for (const digest of ['', 'sha-256=::', 'md5=:AAAA:', contentDigest(Buffer.from('{}'))]) {
    assert.equal(outcome(signMessage(withHeaders(post, { 'content-digest': digest }))), 'invalid', digest)
  }
  const both = `${contentDigest(post.body)}, ${contentDigest(post.body, 'sha-512')}`
  assert.equal(outcome(signMessage(withHeaders(post, { 'content-digest': both }))), 'valid')
})

test('016: the tag says which signature counts, whatever its label and its place', () => {
  const foreign = { label: 'other', parameters: `;created=1;keyid="proxy";tag="elsewhere"`, secret: 'another' }
  assert.equal(outcome(signMessage(signMessage(post, foreign))), 'valid')
  assert.equal(outcome(signMessage(signMessage(post), foreign)), 'valid')
  const token = { ...foreign, parameters: ';tag=gatehouse' }
  assert.equal(outcome(signMessage(signMessage(post), token)), 'valid')
  assert.equal(outcome(signMessage(signMessage(post, { label: '*x.y-z_1' }), foreign)), 'valid')
  const headerOf = (request: SignedRequest, name: string) => String(request.headers[name])
  const [ours, theirs] = [signMessage(post), signMessage(post, foreign)]
  const mixed = (inputs: string, signatures: string) =>
    outcome(withHeaders(ours, { 'signature-input': inputs, signature: signatures }))
  const [ourInput, theirInput] = [headerOf(ours, 'signature-input'), headerOf(theirs, 'signature-input')]
  const [ourMac, theirMac] = [headerOf(ours, 'signature'), headerOf(theirs, 'signature')]
  assert.equal(mixed(`${ourInput}, ${theirInput}`, `${theirMac},${ourMac}`), 'valid')
  assert.equal(mixed(ourInput, theirMac), 'invalid')
  assert.equal(mixed(theirInput, theirMac), 'invalid')
  assert.equal(mixed(ourInput, ourMac.replace('sig=', 'other=')), 'invalid')
})

test('016: two signatures for us are none, the bad one first or second', () => {
  const bad = { label: 'bad', secret: 'another' }
  const again = { label: 'again', parameters: parameters.replace(nonce, `${nonce}2`) }
  assert.equal(outcome(signMessage(signMessage(post), bad)), 'invalid')
  assert.equal(outcome(signMessage(signMessage(post, bad))), 'invalid')
  assert.equal(outcome(signMessage(signMessage(post), again)), 'invalid')
})

test('016: a label that stands twice is none, in either header', () => {
  const whole = signMessage(post)
  const other = signMessage(post, { secret: 'another', parameters: parameters.replace('"gatehouse"', '"elsewhere"') })
  for (const name of ['signature', 'signature-input']) {
    for (const [one, two] of [
      [whole, other],
      [other, whole],
      [whole, whole],
    ] as const) {
      const value = `${one.headers[name]}, ${two.headers[name]}`
      assert.equal(outcome(withHeaders(whole, { [name]: value })), 'invalid', name)
    }
  }
})

test('016: without the tag, or with another one, a signature is not for us', () => {
  for (const tag of [
    '',
    ';tag="Gatehouse"',
    ';tag="gatehouse "',
    ';tag=gatehouse',
    ';tag="app"',
    ';tag',
    ';tag=("gatehouse")',
  ]) {
    assert.equal(signedAs({ parameters: parameters.replace(';tag="gatehouse"', tag) }), 'invalid', tag)
  }
})

test('017: created, nonce and keyid are demanded, in the form that is meant', () => {
  const replaced: [string, string][] = [
    [`;created=${signedAt}`, ''],
    [`;created=${signedAt}`, ';created'],
    [`;created=${signedAt}`, `;created="${signedAt}"`],
    [`;created=${signedAt}`, `;created=${signedAt}.0`],
    [`;created=${signedAt}`, `;created=0${signedAt}`],
    [`;created=${signedAt}`, `;created=-${signedAt}`],
    [`;nonce="${nonce}"`, ''],
    [`;nonce="${nonce}"`, ';nonce'],
    [`;nonce="${nonce}"`, ';nonce=""'],
    [`;nonce="${nonce}"`, `;nonce="${'a'.repeat(15)}"`],
    [`;nonce="${nonce}"`, `;nonce="${'a'.repeat(129)}"`],
    [`;nonce="${nonce}"`, `;nonce="${'a'.repeat(20)} "`],
    [`;nonce="${nonce}"`, `;nonce=${'a'.repeat(20)}`],
    [`;nonce="${nonce}"`, `;nonce=:${'AAAA'.repeat(6)}:`],
    [';keyid="portal"', ''],
    [';keyid="portal"', ';keyid="other"'],
    [';keyid="portal"', ';keyid="Portal"'],
    [';keyid="portal"', ';keyid=portal'],
  ]
  for (const [part, other] of replaced) {
    assert.equal(signedAs({ parameters: parameters.replace(part, other) }), 'invalid', other)
  }
  for (const more of [';expires="1"', ';expires', ';expires=-1', ';expires=1.5', ';expires=0']) {
    assert.equal(signedAs({ parameters: `${parameters}${more}` }), 'invalid', more)
  }
})

test('a parameter twice, or one that we do not know, is invalid', () => {
  const twice = [
    `;nonce="${nonce}"`,
    ';tag="gatehouse"',
    ';tag="other"',
    ';keyid="other"',
    `;created=${signedAt - 9000}`,
  ]
  for (const more of [...twice, ';x=1', ';req', ';constructor=1', ';*=1']) {
    assert.equal(signedAs({ parameters: `${parameters}${more}` }), 'invalid', more)
    assert.equal(signedAs({ parameters: `${more}${parameters}` }), 'invalid', more)
  }
})

test('017: a nonce under another label is the same nonce', () => {
  const uses = ['sig', 'other'].map((label) => verify(signMessage(post, { label })))
  assert.deepEqual(uses[0], uses[1])
})

test('only the canonical form of Signature-Input is taken, also when another one was signed', () => {
  const forms: ((input: string) => string)[] = [
    (input) => input.replace('" "', '"  "'),
    (input) => input.replace('(', '( '),
    (input) => input.replace(')', ' )'),
    (input) => input.replace(';keyid', '; keyid'),
    (input) => input.replace('"portal"', '"port\\al"'),
  ]
  for (const change of forms) {
    const request = signMessage(post)
    const input = change(String(request.headers['signature-input']))
    assert.equal(outcome(withHeaders(request, { 'signature-input': input })), 'invalid', input)
    const resigned = signMessage(post, {
      base: (base) => base.replace(/(?<="@signature-params": ).*/, input.slice('sig='.length)),
    })
    assert.equal(outcome(withHeaders(resigned, { 'signature-input': input })), 'invalid', input)
  }
  assert.equal(
    outcome(withHeaders(signMessage(post), { 'signature-input': ` ${signMessage(post).headers['signature-input']} ` })),
    'valid',
  )
})

test('fields that are no dictionaries are invalid, never an error', () => {
  for (const field of [
    'x',
    '=',
    'sig=',
    'sig=(',
    'sig=()',
    'sig=1',
    '(',
    '"',
    'sig=("@method"',
    '\u0000',
    'é',
    ','.repeat(9000),
  ]) {
    for (const name of ['signature', 'signature-input']) {
      assert.equal(outcome(withHeaders(signMessage(post), { [name]: field })), 'invalid', field)
    }
  }
})

test('every live secret of the client is good, and no other', () => {
  const ended = signedAt * 1000
  const rotating = { ...portal, secrets: [secretOf('new', 'sec_2'), secretOf('old', 'sec_1', ended + 1)] }
  for (const [secret, secretId] of [
    ['new', 'sec_2'],
    ['old', 'sec_1'],
  ] as const) {
    const verdict = verify(signMessage(post, { secret }), undefined, rotating)
    assert.equal(verdict.valid && verdict.secretId, secretId)
  }
  assert.equal(outcome(signMessage(post, { secret: 'old' }), ended + 1, rotating), 'invalid')
})
