import assert from 'node:assert/strict'
import { createSecretKey, hkdfSync } from 'node:crypto'
import { test } from 'node:test'
import { hmacSha256 } from '../crypto/hmac-sha256.ts'
import type { ClientId } from '../kernel/ids.ts'
import type { TokenKey } from './access-token.ts'
import { tokenKeys } from './token-keys.ts'

const bytes = Buffer.alloc(32, 1)
const root = { id: 'key_0123456789abcdefghjkmnpqrs', key: createSecretKey(bytes) }
const keys = tokenKeys({ tokenRoot: root, tokenRoots: [root] })
const keyOf = (id: ClientId) => keys.of({ id, tokenKeyNumber: 0 })
/** Two keys are the same if they sign alike. */
const signedBy = ({ mac }: Pick<TokenKey, 'mac'>) => mac('a text').toString('hex')
const under = (key: ArrayBuffer | Uint8Array) => ({ mac: hmacSha256(new Uint8Array(key)) })

test('the key of a client is HKDF-SHA256 of the root, bound to purpose and client', () => {
  const expected = hkdfSync('sha256', bytes, '', 'gatehouse access token HS256 cli_a', 32)
  assert.equal(signedBy(keyOf('cli_a')), signedBy(under(expected)))
})

test('each client has a key of its own, the same each time', () => {
  assert.equal(keyOf('cli_a'), keyOf('cli_a'))
  assert.notEqual(signedBy(keyOf('cli_a')), signedBy(keyOf('cli_b')))
  assert.notEqual(signedBy(keyOf('cli_a')), signedBy(under(bytes)))
})

test('the header names the root, so that a key can be found after a rotation', () => {
  assert.deepEqual(JSON.parse(Buffer.from(keyOf('cli_a').header, 'base64url').toString()), {
    alg: 'HS256',
    typ: 'at+jwt',
    kid: root.id,
  })
})

test('keys stay the same for more clients than are remembered', () => {
  const before = signedBy(keyOf('cli_a'))
  for (let index = 0; index < 10_001; index++) keyOf(`cli_${index}` satisfies ClientId)
  assert.equal(signedBy(keyOf('cli_a')), before)
})

test('another number gives another key under another id, and what is handed out is what signs', () => {
  const [first, second] = [0, 1].map((tokenKeyNumber) => ({ id: 'cli_a' as const, tokenKeyNumber }))
  assert.ok(first && second)
  assert.notEqual(signedBy(keys.of(first)), signedBy(keys.of(second)))
  assert.deepEqual([keys.idsOf(first), keys.idsOf(second)], [[root.id], [`${root.id}.1`]])
  const [handed] = keys.export(second)
  assert.equal(handed && signedBy(under(handed.bytes)), signedBy(keys.of(second)))
})

test('a key is found by what a token says of it, among the roots that are good now', () => {
  const old = { id: 'key_old', key: createSecretKey(Buffer.alloc(32, 2)) }
  const ring = { tokenRoot: root, tokenRoots: [root, old] }
  const rotated = tokenKeys(ring)
  const client = { id: 'cli_a' as const, tokenKeyNumber: 0 }
  const before = tokenKeys({ tokenRoot: old, tokenRoots: [old] }).of(client)
  assert.equal(rotated.of(client).header, keys.of(client).header)
  const found = rotated.find(client, `${before.header}.x.y`)
  assert.equal(found && signedBy(found), signedBy(before))
  assert.deepEqual(rotated.idsOf(client), [root.id, old.id])
  assert.equal(rotated.find(client, `${before.header}x.y`), undefined)
  ring.tokenRoots = [root]
  assert.equal(rotated.find(client, `${before.header}.x.y`), undefined)
})
