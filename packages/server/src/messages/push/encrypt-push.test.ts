import assert from 'node:assert/strict'
import { createECDH, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import webPush from 'web-push'
import { p256KeyOf, p256KeyOfScalar, p256SeedBytes } from '../../crypto/p256.ts'
import { encryptPush } from './encrypt-push.ts'
import { openPush } from './test-push-service.ts'

const vectors = join(import.meta.dirname, '../../../../../vectors/web-push.json')
const vector: Readonly<Record<string, string>> = JSON.parse(readFileSync(vectors, 'utf8'))
const bytes = (name: string) => Buffer.from(vector[name]!, 'base64url')

test('a message is encrypted as in the example of RFC 8291', () => {
  const ephemeral = p256KeyOfScalar(BigInt(`0x${bytes('as_private').toString('hex')}`))
  assert.equal(ephemeral.publicKey.toString('base64url'), vector['as_public'])
  const keys = { p256dh: bytes('ua_public'), auth: bytes('auth_secret') }
  const sealed = encryptPush(vector['plaintext']!, { keys, ephemeral, salt: bytes('salt') })
  assert.equal(sealed.toString('base64url'), vector['body'])
})

/** A browser's side of a subscription. */
function newBrowser() {
  const ecdh = createECDH('prime256v1')
  const p256dh = ecdh.generateKeys()
  return { ecdh, keys: { p256dh, auth: randomBytes(16) } }
}

test('what is encrypted opens for the browser that it is for, and for no other', () => {
  const [ours, other] = [newBrowser(), newBrowser()]
  for (const text of ['', 'a', 'Grüße', 'x'.repeat(2000)]) {
    const sealing = {
      keys: ours.keys,
      ephemeral: p256KeyOf(randomBytes(p256SeedBytes)),
      salt: randomBytes(16),
      padTo: 512,
    }
    const sealed = encryptPush(text, sealing)
    assert.equal(openPush(sealed, ours), text)
    assert.throws(() => openPush(sealed, other))
    if (text.length < 512) assert.equal(sealed.length, 16 + 5 + 65 + 512 + 1 + 16, 'the length tells of the text')
  }
})

test('the reader of these tests reads what another library has encrypted', () => {
  const browser = newBrowser()
  const [p256dh, auth] = [browser.keys.p256dh, browser.keys.auth].map((each) => each.toString('base64url'))
  const subscription = { endpoint: 'https://push.example/1', keys: { p256dh: p256dh!, auth: auth! } }
  const vapidDetails = { subject: 'https://gatehouse.test', ...webPush.generateVAPIDKeys() }
  const { body } = webPush.generateRequestDetails(subscription, 'from elsewhere', { vapidDetails })
  assert.equal(openPush(body as Buffer, browser), 'from elsewhere')
})

test('a public key that is no point of the curve is refused', () => {
  const keys = { p256dh: Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)]), auth: randomBytes(16) }
  const ephemeral = p256KeyOf(randomBytes(p256SeedBytes))
  assert.throws(() => encryptPush('x', { keys, ephemeral, salt: randomBytes(16) }))
})
