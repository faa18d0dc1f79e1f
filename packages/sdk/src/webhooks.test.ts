import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { isGatehouseError, type VerifyWebhookOptions, verifyWebhook } from './webhooks.ts'

/** The example of the specification of Standard Webhooks 1.0, as its own libraries test it. */
const official = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  body: '{"test": 2432232314}',
  headers: {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
}
const now = () => new Date(1_614_265_330_000)
const judge = (
  given: { body?: string | Uint8Array; headers?: Record<string, string | readonly string[] | undefined> } = {},
  options: Partial<VerifyWebhookOptions> = {},
) =>
  verifyWebhook(given.body ?? official.body, given.headers ?? official.headers, {
    secret: official.secret,
    now,
    ...options,
  })

async function codeOf(judging: Promise<unknown>): Promise<string> {
  const error = await judging.then(
    () => assert.fail('it should have been refused'),
    (reason: unknown) => reason,
  )
  assert.ok(isGatehouseError(error), String(error))
  assert.ok(!String(error.message).includes('whsec'))
  return error.code
}

const classicOf = (secret: string, body: string, timestamp = '1614265330') => ({
  'x-timestamp': timestamp,
  'x-signature': `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
})

test('146 the official example of Standard Webhooks is good, in every form that frameworks give it', async () => {
  const event = { test: 2_432_232_314 }
  assert.deepEqual(await judge(), event)
  assert.deepEqual(await judge({ body: new TextEncoder().encode(official.body) }), event)
  assert.deepEqual(await judge({ body: Buffer.from(official.body) }), event)
  const capitals = Object.fromEntries(
    Object.entries(official.headers).map(([name, value]) => [name.toUpperCase(), value]),
  )
  assert.deepEqual(await judge({ headers: capitals }), event)
  assert.deepEqual(
    await verifyWebhook(official.body, new Headers(official.headers), { secret: official.secret, now }),
    event,
  )
})

test('146 the classic headers are good alone', async () => {
  assert.deepEqual(await judge({ headers: classicOf(official.secret, official.body) }), { test: 2_432_232_314 })
})

test('146 one changed byte of body, id, time or signature is refused', async () => {
  const { headers } = official
  const forged = [
    { body: official.body.replace('4', '5') },
    { body: `${official.body} ` },
    { headers: { ...headers, 'webhook-id': 'msg_other' } },
    { headers: { ...headers, 'webhook-timestamp': '1614265331' } },
    { headers: { ...headers, 'webhook-signature': headers['webhook-signature'].replace('g0', 'g1') } },
    { headers: { ...headers, 'webhook-signature': headers['webhook-signature'].replace('v1,', 'v1a,') } },
    { headers: { ...headers, 'webhook-signature': '' } },
    { headers: { ...classicOf(official.secret, official.body), 'x-signature': `sha256=${'0'.repeat(64)}` } },
    { headers: classicOf('whsec_b3RoZXJvdGhlcm90aGVyb3RoZXI=', official.body) },
    // Signatures of the one family under the key of the other.
    { headers: classicOf(official.secret.slice(6), official.body) },
    // Whatever else is there: who has forged the first family is not judged by the second.
    { headers: { ...headers, ...classicOf(official.secret, official.body), 'webhook-signature': 'v1,AAAA' } },
  ]
  for (const each of forged) assert.equal(await codeOf(judge(each)), 'signature_invalid', JSON.stringify(each))
})

test('what is not signed, or too old, or from the future is told apart', async () => {
  assert.equal(await codeOf(judge({ headers: {} })), 'signature_missing')
  assert.equal(await codeOf(judge({ headers: { ...official.headers, 'webhook-id': undefined } })), 'signature_missing')
  const doubled = { ...official.headers, 'webhook-signature': ['v1,a', 'v1,b'] }
  assert.equal(await codeOf(judge({ headers: doubled })), 'signature_missing')
  const at = (seconds: number) => ({ now: () => new Date(now().getTime() + seconds * 1000) })
  for (const seconds of [-300, 300]) assert.ok(await judge({}, at(seconds)))
  for (const seconds of [-301, 301]) {
    assert.equal(await codeOf(judge({}, at(seconds))), 'signature_timestamp_out_of_range')
  }
  assert.ok(await judge({}, { ...at(600), toleranceSeconds: 600 }))
  for (const timestamp of ['', 'x', '1e9', '-1', '01614265330', '1614265330.0', ' 1614265330']) {
    const headers = classicOf(official.secret, official.body, timestamp)
    assert.equal(await codeOf(judge({ headers })), 'signature_timestamp_out_of_range', timestamp)
  }
  for (const toleranceSeconds of [0, -1, 3601, Number.NaN, Number.POSITIVE_INFINITY]) {
    await assert.rejects(judge({}, { toleranceSeconds }), TypeError)
  }
})

test('147 while secrets change, one good signature under one of them is enough', async () => {
  const other = 'whsec_b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcg=='
  assert.ok(await judge({}, { secret: [other, official.secret] }))
  assert.equal(await codeOf(judge({}, { secret: other })), 'signature_invalid')
  const both = `v1,${'A'.repeat(43)}= ${official.headers['webhook-signature']}`
  assert.ok(await judge({ headers: { ...official.headers, 'webhook-signature': both } }))
  const classic = classicOf(official.secret, official.body)
  const two = { ...classic, 'x-signature': `sha256=${'0'.repeat(64)}, ${classic['x-signature']}` }
  assert.ok(await judge({ headers: two }))
  // As many as somebody likes are not tried.
  const many = `${`v1,${'A'.repeat(43)}= `.repeat(100)}${official.headers['webhook-signature']}`
  assert.equal(
    await codeOf(judge({ headers: { ...official.headers, 'webhook-signature': many } })),
    'signature_invalid',
  )
})

test('without a secret in its form nothing is judged', async () => {
  for (const secret of ['', 'whsec_', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', [], ['']]) {
    await assert.rejects(judge({}, { secret }), TypeError)
  }
})

test('what is signed and no JSON is told', async () => {
  const headers = classicOf(official.secret, 'hello')
  assert.equal(await codeOf(judge({ body: 'hello', headers })), 'invalid_json')
})
