import assert from 'node:assert/strict'
import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { type SignatureScheme, signatureSchemes } from '@gatehouse/contract/signature-scheme'
import type { SignedRequest } from '@gatehouse/server/clients/signatures/scheme'
import { verifySignature } from '@gatehouse/server/clients/signatures/verify-signature'
import { hmacSha256 } from '@gatehouse/server/crypto/hmac-sha256'
import { type App, assertRefused, attack, jsonWithNonce, sendTogether, sign } from './support.ts'

/** A request that makes a user: whether it had an effect is easy to see. */
function signUp(more: object = {}) {
  return { path: '/v1/users', body: jsonWithNonce({ email: `${randomUUID()}@example.test` }), ...more }
}

function timestampOf(app: App): number {
  return Math.floor(app.house.server.clock.now().getTime() / 1000)
}

function hexOf(app: App, body: string): string {
  return sign(app.secret, timestampOf(app), body).slice('sha256='.length)
}

attack('002 a request without signature, timestamp or client id gets one answer', async (app) => {
  const names = ['x-signature', 'x-timestamp', 'x-client-id'] as const
  const answers: string[] = []
  for (const name of names) {
    const headers = { [name]: undefined, 'x-request-id': 'the-same-for-all' }
    const answer = await assertRefused(app, signUp({ headers }), { code: 'signature_missing' })
    answers.push(answer.text)
    await assertRefused(app, { path: '/v1/users', headers }, { code: 'signature_missing' })
  }
  assert.equal(new Set(answers).size, 1)
})

attack('003 one bit changed in signature, timestamp or body is refused', async (app) => {
  const { path, body } = signUp()
  const hex = hexOf(app, body)
  for (const index of [0, 31, 63]) {
    const digit = (Number.parseInt(hex.charAt(index), 16) ^ 1).toString(16)
    const headers = { 'x-signature': `sha256=${hex.slice(0, index)}${digit}${hex.slice(index + 1)}` }
    await assertRefused(app, { path, body, headers }, { code: 'signature_invalid' })
  }
  for (const timestamp of [timestampOf(app) - 1, timestampOf(app) + 1]) {
    const headers = { 'x-signature': `sha256=${hex}`, 'x-timestamp': String(timestamp) }
    await assertRefused(app, { path, body, headers }, { code: 'signature_invalid' })
  }
  for (const index of [0, body.indexOf('@'), body.length - 1]) {
    const changed = Buffer.from(body)
    changed.writeUInt8(changed.readUInt8(index) ^ 1, index)
    await assertRefused(app, { path, body: changed, signed: body }, { code: 'signature_invalid' })
  }
  assert.equal((await app.send({ path, body })).status, 201)
})

attack('004 the signature may be in upper case, and its prefix is demanded', async (app) => {
  for (const spell of [(hex: string) => `sha256=${hex.toUpperCase()}`, (hex: string) => `SHA256=${hex}`]) {
    const { path, body } = signUp()
    const answer = await app.send({ path, body, headers: { 'x-signature': spell(hexOf(app, body)) } })
    assert.equal(answer.status, 201, answer.text)
  }
  const { path, body } = signUp()
  for (const spell of [(hex: string) => hex, (hex: string) => `sha256:${hex}`, (hex: string) => `sha-256=${hex}`]) {
    const headers = { 'x-signature': spell(hexOf(app, body)) }
    await assertRefused(app, { path, body, headers }, { code: 'signature_invalid' })
  }
})

attack('005 a signature of another length, or that is not hex, is refused', async (app) => {
  const { path, body } = signUp()
  const hex = hexOf(app, body)
  const signatures = [
    ...[1, 16, 62, 63].map((length) => `sha256=${hex.slice(0, length)}`),
    ...['sha256=', `sha256=${hex}0`, `sha256=${hex}${hex}`, `sha256=${'zz'.repeat(32)}`, `sha256=${hex.slice(0, 63)}g`],
    ...[`sha256= ${hex}`, `sha256=0x${hex.slice(2)}`, `sha256=${hex} ${hex}`, `sha256=${hex},`, '='],
    `sha256=${Buffer.from(hex, 'hex').toString('base64')}`,
  ]
  for (const signature of signatures) {
    await assertRefused(app, { path, body, headers: { 'x-signature': signature } }, { code: 'signature_invalid' })
  }
  await assertRefused(app, { path, body, headers: { 'x-signature': '' } }, { code: 'signature_missing' })
})

attack('006 no other algorithm is accepted', async (app) => {
  const { path, body } = signUp()
  for (const algorithm of ['sha1', 'sha512', 'sha384', 'md5', 'sha3-256']) {
    const mac = createHmac(algorithm, app.secret)
      .update(`${timestampOf(app)}.${body}`)
      .digest('hex')
    for (const prefix of [algorithm, 'sha256']) {
      const headers = { 'x-signature': `${prefix}=${mac}` }
      await assertRefused(app, { path, body, headers }, { code: 'signature_invalid' })
    }
  }
  for (const signature of ['none=', 'none', 'sha256=none', `none=${hexOf(app, body)}`]) {
    await assertRefused(app, { path, body, headers: { 'x-signature': signature } }, { code: 'signature_invalid' })
  }
})

attack('007 a timestamp is good for 300 seconds, before and after', async (app) => {
  for (const skewSeconds of [-301, 301, -86_400, 86_400 * 3650]) {
    const answer = await assertRefused(app, signUp({ skewSeconds }), { code: 'signature_timestamp_out_of_range' })
    assert.equal(answer.json?.['server_time'], app.house.server.clock.now().toISOString())
  }
  for (const skewSeconds of [-299, 299, 0]) {
    assert.equal((await app.send(signUp({ skewSeconds }))).status, 201)
  }
  const now = String(timestampOf(app))
  const spellings = [`${now}.0`, `0${now}`, `+${now}`, `${now}000`, `${now}e0`, `-${now}`, '0', 'now', '9'.repeat(400)]
  for (const timestamp of spellings) {
    const { path, body } = signUp()
    const headers = { 'x-timestamp': timestamp, 'x-signature': sign(app.secret, timestamp, body) }
    await assertRefused(app, { path, body, headers }, { code: 'signature_invalid' })
  }
})

attack('008 a signed request has its effect once', async (app) => {
  const { clock } = app.house.server
  const request = signUp()
  assert.equal((await app.send(request)).status, 201)
  await assertRefused(app, request, { code: 'signature_replayed' })
  const signature = `sha256=${hexOf(app, request.body).toUpperCase()}`
  await assertRefused(app, { ...request, headers: { 'x-signature': signature } }, { code: 'signature_replayed' })
  await assertRefused(app, { ...request, path: '/v1/auth/login' }, { code: 'signature_replayed' })
  // The same bytes, signed with the oldest time there is, live longest.
  const early = signUp({ skewSeconds: 300 })
  const headers = { 'x-timestamp': String(timestampOf(app) + 300) }
  const repeated = {
    ...early,
    headers: { ...headers, 'x-signature': sign(app.secret, timestampOf(app) + 300, early.body) },
  }
  assert.equal((await app.send(early)).status, 201)
  clock.advance('599s')
  await assertRefused(app, repeated, { code: 'signature_replayed' })
  clock.advance('2s')
  await assertRefused(app, repeated, { code: 'signature_timestamp_out_of_range' })

  const users = (await app.sdk.users.listPage({ limit: 1 })).data[0]?.number ?? 0
  const twin = signUp()
  const answers = await sendTogether(
    app,
    Array.from({ length: 50 }, () => twin),
  )
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, ...Array.from({ length: 49 }, () => 401)])
  assert.equal((await app.sdk.users.listPage({ limit: 1 })).data[0]?.number, users + 1)
})

attack('012 a header of the signature that comes twice is refused', async (app) => {
  const { path, body } = signUp()
  const signature = `sha256=${hexOf(app, body)}`
  const timestamp = String(timestampOf(app))
  for (const headers of [
    { 'x-signature': [signature, signature] },
    { 'x-signature': [signature, `sha256=${'0'.repeat(64)}`] },
    { 'x-signature': `${signature}, ${signature}` },
    { 'x-timestamp': [timestamp, timestamp] },
    { 'x-timestamp': ['0', timestamp] },
    { 'x-timestamp': [timestamp, timestamp], 'x-signature': sign(app.secret, `${timestamp}, ${timestamp}`, body) },
  ]) {
    await assertRefused(app, { path, body, headers }, { code: 'signature_invalid' })
  }
  const headers = { 'x-client-id': [app.slug, app.slug] }
  await assertRefused(app, { path, body, headers }, { code: 'client_not_allowed' })
})

attack('020 the signature covers the bytes that arrive, in whatever way they arrive', async (app) => {
  const { path, body } = signUp()
  const encodings = { gzip: gzipSync(body), deflate: deflateSync(body), br: brotliCompressSync(body), 'x-gzip': body }
  for (const [encoding, bytes] of Object.entries(encodings)) {
    const attempt = { path, body: bytes, headers: { 'content-encoding': encoding } }
    await assertRefused(app, attempt, { code: 'unsupported_media_type' })
  }
  for (const [type, bytes] of [
    ['text/plain', body],
    ['application/x-www-form-urlencoded', 'email=a%40example.test'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/json, application/json', body],
    ['application/problem+json', body],
    [undefined, body],
  ] as const) {
    const attempt = { path, body: bytes, headers: { 'content-type': type } }
    await assertRefused(app, attempt, { code: 'unsupported_media_type' })
  }
  const respelled = [JSON.stringify(JSON.parse(body), null, 1), ` ${body}`, `${body}\n`, body.replace('@', '\\u0040')]
  for (const sent of respelled)
    await assertRefused(app, { path, body: sent, signed: body }, { code: 'signature_invalid' })
  const utf16 = (text: string) => Buffer.from(text, 'utf16le')
  const marked = `\ufeff${body}`
  for (const bytes of [Buffer.from(marked), utf16(marked), utf16(marked).swap16(), utf16(body), Buffer.of(0xff)]) {
    await assertRefused(app, { path, body: bytes }, { code: 'invalid_json' })
  }

  const chunked = { 'content-length': undefined, 'transfer-encoding': 'chunked' }
  assert.equal((await app.send(signUp({ headers: chunked }))).status, 201)
  assert.equal((await app.send(signUp({ headers: { 'content-encoding': 'identity' } }))).status, 201)
  assert.equal((await app.send(signUp({ headers: { 'content-type': 'application/json; charset=utf-8' } }))).status, 201)
  const [spaced, escaped] = [` ${signUp().body}\n`, signUp().body.replace('@', '\\u0040')]
  for (const bytes of [spaced, escaped]) assert.equal((await app.send({ path, body: bytes })).status, 201)
})

attack('a signature over an empty body, which is never remembered, changes nothing', async (app) => {
  const { id } = await app.createUser()
  for (const [method, path] of [
    ['POST', '/v1/auth/logout'],
    ['POST', `/v1/users/${id}/disable`],
    ['PATCH', `/v1/users/${id}`],
    ['DELETE', '/v1/factors/fac_00000000000000000000000000'],
  ] as const) {
    for (const headers of [{ 'content-length': '0' }, { 'content-length': '0', 'content-type': 'application/json' }]) {
      await assertRefused(app, { method, path, headers }, { code: 'signature_invalid' })
    }
  }
  // Nor can a body be smuggled past the signature of a GET.
  const body = '{"email":"x@example.test"}'
  await assertRefused(app, { method: 'GET', path: '/v1/users', body, signed: '' }, { code: 'invalid_request' })
})

/**
 * Welch's t of two samples, without the slowest tenth of both, which tells of the machine and not of the work
 * (dudect, Reparaz and others 2017).
 */
function compareMeans(a: Float64Array, b: Float64Array): number {
  const limit = Float64Array.from([...a, ...b]).sort()[Math.floor((a.length + b.length) * 0.9)]!
  const [first, second] = [a, b].map((sample) => {
    const kept = sample.filter((value) => value <= limit)
    const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length
    const variance = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (kept.length - 1)
    return { mean, error: variance / kept.length }
  })
  return (first!.mean - second!.mean) / Math.sqrt(first!.error + second!.error)
}

const input =
  '("@method" "@authority" "@path" "@query" "x-client-id");created=1800000000;nonce="0123456789abcdef";keyid="portal";tag="gatehouse"'

/** A request of each scheme: what is signed, and the headers that present the HMAC. */
const probed: Record<SignatureScheme, { text: string; present: (mac: Uint8Array) => SignedRequest['headers'] }> = {
  v1: {
    text: '1800000000.',
    present: (mac) => ({ 'x-timestamp': '1800000000', 'x-signature': `sha256=${Buffer.from(mac).toString('hex')}` }),
  },
  v2: {
    text: `gatehouse-v2\nportal\n1800000000\n0123456789abcdef\nGET\na.example\n/v1/users\n${createHash('sha256').digest('hex')}`,
    present: (mac) => ({
      host: 'a.example',
      'x-timestamp': '1800000000',
      'x-nonce': '0123456789abcdef',
      'x-signature': `v2=${Buffer.from(mac).toString('hex')}`,
    }),
  },
  rfc9421: {
    text: `"@method": GET\n"@authority": a.example\n"@path": /v1/users\n"@query": ?\n"x-client-id": portal\n"@signature-params": ${input}`,
    present: (mac) => ({
      host: 'a.example',
      'x-client-id': 'portal',
      'signature-input': `sig=${input}`,
      signature: `sig=:${Buffer.from(mac).toString('base64')}:`,
    }),
  },
}

/** What the time tells of 20,000 signatures that are right but for their last byte, and 20,000 that are all wrong. */
function probe(scheme: SignatureScheme): number {
  const key = randomBytes(32)
  const client = {
    slug: 'portal',
    schemes: new Set([scheme]),
    secrets: [{ id: 'sec_x', mac: hmacSha256(key), expiresAt: null }],
  } as const
  const now = new Date(1_800_000_000_000)
  const { text, present } = probed[scheme]
  const right = createHmac('sha256', key).update(text).digest()
  const signatures = [32, 31, 0].map((first) => {
    const headers = present(right.map((byte, index) => (index < first ? byte : byte ^ 0xff)))
    return { method: 'GET', target: '/v1/users', headers, body: new Uint8Array() }
  })
  assert.ok(verifySignature(client, signatures.shift()!, now, 300).valid)
  const samples = signatures.map(() => new Float64Array(20_000))
  const taken = [0, 0]
  for (const byte of randomBytes(40_000)) {
    const kind = taken[byte & 1]! < 20_000 ? byte & 1 : 1 - (byte & 1)
    const request = signatures[kind]!
    const start = process.hrtime.bigint()
    const { valid } = verifySignature(client, request, now, 300)
    const end = process.hrtime.bigint()
    assert.equal(valid, false)
    samples[kind]![taken[kind]!++] = Number(end - start)
  }
  return compareMeans(samples[0]!, samples[1]!)
}

for (const scheme of signatureSchemes) {
  test(`022 a nearly right signature takes no longer to refuse than one that is wrong from its first byte (${scheme}, no server)`, (t) => {
    probe(scheme)
    const ts = [probe(scheme)]
    // Noise points in no direction: what is seen once must be seen again, and on the same side.
    if (Math.abs(ts[0]!) >= 4.5) ts.push(...Array.from({ length: 4 }, () => probe(scheme)))
    t.diagnostic(`t = ${ts.map((value) => value.toFixed(1))}`)
    assert.ok(Math.abs(ts.toSorted((a, b) => a - b)[ts.length >> 1]!) < 4.5, `t = ${ts}`)
  })
}
