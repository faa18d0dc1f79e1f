import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { vapidOf } from './vapid.ts'

const now = new Date('2026-11-22T12:00:00Z')

test('a push service can tell who we are, and that we speak to it and now (RFC 8292)', async () => {
  const vapid = vapidOf(randomBytes(32), 'mailto:ops@example.org')
  const said = vapid.authorize('https://push.example', now)
  const [, token = '', shown = ''] = /^vapid t=([^,]+), k=(.+)$/.exec(said) ?? []
  assert.equal(shown, vapid.publicKey)
  const point = Buffer.from(shown, 'base64url')
  assert.deepEqual([point.length, point[0]], [65, 4])
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((each) => each.toString('base64url'))
  const keys = createLocalJWKSet({ keys: [{ kty: 'EC', crv: 'P-256', x: x!, y: y! }] })
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    currentDate: now,
    audience: 'https://push.example',
  })
  assert.deepEqual(protectedHeader, { typ: 'JWT', alg: 'ES256' })
  assert.deepEqual(payload, {
    aud: 'https://push.example',
    sub: 'mailto:ops@example.org',
    exp: now.getTime() / 1000 + 12 * 3600,
  })
})

test('one seed is one key, and another is another', () => {
  const seed = randomBytes(32)
  assert.equal(vapidOf(seed, undefined).publicKey, vapidOf(seed, undefined).publicKey)
  assert.notEqual(vapidOf(seed, undefined).publicKey, vapidOf(randomBytes(32), undefined).publicKey)
  // Without somebody to turn to the token says nothing of it.
  const [, token = ''] = /t=([^,]+)/.exec(vapidOf(seed, undefined).authorize('https://push.example', now)) ?? []
  assert.deepEqual(Object.keys(JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())), ['aud', 'exp'])
})
