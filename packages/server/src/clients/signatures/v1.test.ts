import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { SigningSecret } from '../client.ts'
import { allSchemes, outcomeOf, secretOf, skewSeconds } from './test-requests.ts'
import { verifyV1 } from './v1.ts'

const vectors = new URL('../../../../../vectors/signatures.json', import.meta.url)
const { classic_v1: classic } = JSON.parse(readFileSync(vectors, 'utf8'))
const timestamp: string = classic.timestamp
const signedAtMs = Number(timestamp) * 1000
const client = { secrets: [secretOf(classic.client_secret)] }

interface Parts {
  readonly signature?: string | undefined
  readonly timestamp?: string | undefined
  readonly body?: Uint8Array
}

function verify(parts: Parts, nowMs = signedAtMs, by: { secrets: readonly SigningSecret[] } = client) {
  const whole = { signature: honest, timestamp, body, ...parts }
  const headers = { 'x-signature': whole.signature, 'x-timestamp': whole.timestamp }
  const request = { method: 'POST', target: '/', headers, body: whole.body }
  return verifyV1({ slug: 'portal', schemes: allSchemes, ...by }, request, new Date(nowMs), skewSeconds)
}

function sign(text: string, over: string | Uint8Array, secret: string = classic.client_secret): string {
  return `sha256=${createHmac('sha256', secret).update(`${text}.`).update(over).digest('hex')}`
}

const outcome = (...args: Parameters<typeof verify>) => outcomeOf(verify(...args))

const latin1 = (hex: string) => Buffer.from(hex, 'hex').toString('latin1')

const body = Buffer.from(classic.cases[0].body)
const honest = `sha256=${classic.cases[0].signature}`

test('001: what PHP signed is valid, byte for byte, an empty body too', () => {
  assert.equal(classic.cases.length, 5)
  for (const { body: text, signature } of classic.cases) {
    assert.deepEqual(verify({ signature: `sha256=${signature}`, body: Buffer.from(text) }), {
      valid: true,
      secretId: 'sec_1',
      once: text === '' ? undefined : { digest: latin1(signature) },
    })
  }
})

test('002: without a signature or a timestamp nothing is signed', () => {
  for (const missing of [{ signature: undefined }, { timestamp: undefined }, { signature: '' }, { timestamp: '' }]) {
    assert.equal(outcome(missing), 'missing', JSON.stringify(missing))
  }
})

test('003: one changed bit in signature, body or timestamp makes it invalid', () => {
  const flipped = (bytes: Uint8Array, bit: number) => {
    const copy = Buffer.from(bytes)
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    return copy
  }
  const digest = Buffer.from(classic.cases[0].signature, 'hex')
  for (let bit = 0; bit < digest.length * 8; bit++) {
    assert.equal(
      outcome({ signature: `sha256=${flipped(digest, bit).toString('hex')}` }),
      'invalid',
      `signature ${bit}`,
    )
  }
  for (let bit = 0; bit < body.length * 8; bit++) {
    assert.equal(outcome({ body: flipped(body, bit) }), 'invalid', `body ${bit}`)
  }
  for (let bit = 0; bit < timestamp.length * 8; bit++) {
    const other = flipped(Buffer.from(timestamp), bit).toString('latin1')
    assert.equal(outcome({ timestamp: other }), 'invalid', other)
  }
  for (const other of [body.subarray(1), body.subarray(0, -1), Buffer.concat([body, Buffer.from('\n')])]) {
    assert.equal(outcome({ body: other }), 'invalid')
  }
})

test('004: upper case is accepted and names the same use of the signature', () => {
  const digest = classic.cases[0].signature
  for (const signature of [`sha256=${digest.toUpperCase()}`, `SHA256=${digest}`, `Sha256=${digest.toUpperCase()}`]) {
    const verdict = verify({ signature })
    assert.ok(verdict.valid, signature)
    assert.deepEqual(verdict.once, { digest: latin1(digest) })
  }
})

test('004: the prefix is demanded, once and exactly', () => {
  const digest = classic.cases[0].signature
  for (const signature of [digest, `=${digest}`, `sha256:${digest}`, `sha256 =${digest}`, `sha256=sha256=${digest}`]) {
    assert.equal(outcome({ signature }), 'invalid', signature)
  }
})

test('005: a signature of another length or in other letters is invalid, never an error', () => {
  const digest: string = classic.cases[0].signature
  const cut = [0, 1, 16, 62, 63].map((length) => digest.slice(0, length))
  const long = [`${digest}0`, `${digest}${digest}`, 'a'.repeat(10_000)]
  const strange = ['zz'.repeat(32), `${digest.slice(0, -2)}zz`, `${digest.slice(0, -1)}ｆ`, `0x${digest.slice(2)}`]
  const spaced = [` ${digest}`, `${digest} `, `${digest}\n`, `${digest.slice(0, 32)} ${digest.slice(32)}`]
  const coded = [Buffer.from(digest, 'hex').toString('base64'), Buffer.from(digest, 'hex').toString('latin1')]
  for (const text of [...cut, ...long, ...strange, ...spaced, ...coded]) {
    assert.equal(outcome({ signature: `sha256=${text}` }), 'invalid', text)
  }
})

test('006: no other algorithm is taken at its word', () => {
  for (const algorithm of ['sha1', 'sha384', 'sha512', 'md5']) {
    const mac = createHmac(algorithm, classic.client_secret).update(`${timestamp}.`).update(body).digest('hex')
    for (const signature of [`${algorithm}=${mac}`, `sha256=${mac}`]) assert.equal(outcome({ signature }), 'invalid')
  }
  for (const signature of ['none=', 'none', 'sha256=none', `none=${classic.cases[0].signature}`]) {
    assert.equal(outcome({ signature }), 'invalid', signature)
  }
})

test('007: a signature is good for 300 seconds on either side of its time', () => {
  for (const seconds of [0, 1, 299, 300]) {
    assert.equal(outcome({}, signedAtMs + seconds * 1000), 'valid', `${seconds} s late`)
    assert.equal(outcome({}, signedAtMs - seconds * 1000), 'valid', `${seconds} s early`)
  }
  for (const ms of [300_001, 301_000, 86_400_000]) {
    assert.equal(outcome({}, signedAtMs + ms), 'out_of_range', `${ms} ms late`)
    assert.equal(outcome({}, signedAtMs - ms), 'out_of_range', `${ms} ms early`)
  }
})

test('007: only who holds a secret hears about our clock', () => {
  assert.equal(outcome({ signature: sign(timestamp, body, 'another secret') }, signedAtMs + 301_000), 'invalid')
})

test('a timestamp has one spelling, also when the secret has signed another', () => {
  const spellings = [
    `+${timestamp}`,
    ` ${timestamp}`,
    `${timestamp} `,
    `0${timestamp}`,
    `${timestamp}.0`,
    `-${timestamp}`,
  ]
  for (const text of [
    ...spellings,
    '1.710072e9',
    '0x65ed9d80',
    `${timestamp}000`,
    '１７１００７２０００',
    '0',
    'NaN',
    'now',
  ]) {
    assert.equal(outcome({ timestamp: text, signature: sign(text, body) }), 'invalid', text)
  }
})

test('the border between timestamp and body cannot be moved', () => {
  const signature = sign(timestamp, '5.{}')
  assert.equal(outcome({ signature, body: Buffer.from('5.{}') }), 'valid')
  assert.equal(outcome({ signature, timestamp: `${timestamp}.5`, body: Buffer.from('{}') }), 'invalid')
})

test('every live secret of a client is tried, and the one that fits is named', () => {
  const fresh = secretOf('new', 'sec_new')
  const old = secretOf('old', 'sec_old', signedAtMs + 1)
  for (const secrets of [
    [fresh, old],
    [old, fresh],
  ]) {
    for (const [text, id] of [
      ['new', 'sec_new'],
      ['old', 'sec_old'],
    ] as const) {
      const verdict = verify({ signature: sign(timestamp, body, text) }, signedAtMs, { secrets })
      assert.ok(verdict.valid, text)
      assert.equal(verdict.secretId, id)
    }
    assert.equal(outcome({ signature: sign(timestamp, body, 'neither') }, signedAtMs, { secrets }), 'invalid')
  }
})

test('a secret ends at its time, to the millisecond', () => {
  const secrets = [secretOf('new', 'sec_new'), secretOf('old', 'sec_old', signedAtMs + 100)]
  const request = { signature: sign(timestamp, body, 'old') }
  assert.equal(outcome(request, signedAtMs + 99, { secrets }), 'valid')
  assert.equal(outcome(request, signedAtMs + 100, { secrets }), 'invalid')
})

test('a client without secrets signs nothing', () => {
  assert.equal(outcome({ signature: sign(timestamp, body, '') }, signedAtMs, { secrets: [] }), 'invalid')
})
