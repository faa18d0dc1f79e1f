import assert from 'node:assert/strict'
import { createSecretKey, hkdfSync } from 'node:crypto'
import { test } from 'node:test'
import type { ClientId } from '../kernel/ids.ts'
import { tokenKeys } from './token-keys.ts'

const bytes = Buffer.alloc(32, 1)
const root = { id: 'key_0123456789abcdefghjkmnpqrs', key: createSecretKey(bytes) }
const keys = tokenKeys({ tokenRoot: root, tokenRoots: [root] })
const keyOf = (id: ClientId) => keys.of({ id, tokenKeyNumber: 0 })

test('the key of a client is HKDF-SHA256 of the root, bound to purpose and client', () => {
  const expected = hkdfSync('sha256', bytes, '', 'gatehouse access token HS256 cli_a', 32)
  assert.deepEqual(keyOf('cli_a').key.export(), Buffer.from(expected))
})

test('each client has a key of its own, the same each time', () => {
  assert.equal(keyOf('cli_a'), keyOf('cli_a'))
  assert.ok(!keyOf('cli_a').key.equals(keyOf('cli_b').key))
  assert.ok(!keyOf('cli_a').key.equals(root.key))
})

test('the header names the root, so that a key can be found after a rotation', () => {
  assert.deepEqual(JSON.parse(Buffer.from(keyOf('cli_a').header, 'base64url').toString()), {
    alg: 'HS256',
    typ: 'at+jwt',
    kid: root.id,
  })
})

test('keys stay the same for more clients than are remembered', () => {
  const before = keyOf('cli_a').key.export()
  for (let index = 0; index < 10_001; index++) keyOf(`cli_${index}` satisfies ClientId)
  assert.deepEqual(keyOf('cli_a').key.export(), before)
})

test('another number gives another key under another id, and what is handed out is what signs', () => {
  const [first, second] = [0, 1].map((tokenKeyNumber) => ({ id: 'cli_a' as const, tokenKeyNumber }))
  assert.ok(first && second)
  assert.ok(!keys.of(first).key.equals(keys.of(second).key))
  assert.deepEqual([keys.idsOf(first), keys.idsOf(second)], [[root.id], [`${root.id}.1`]])
  const [handed] = keys.export(second)
  assert.deepEqual(handed && Buffer.from(handed.bytes), keys.of(second).key.export())
})

test('a key is found by what a token says of it, among the roots that are good now', () => {
  const old = { id: 'key_old', key: createSecretKey(Buffer.alloc(32, 2)) }
  const ring = { tokenRoot: root, tokenRoots: [root, old] }
  const rotated = tokenKeys(ring)
  const client = { id: 'cli_a' as const, tokenKeyNumber: 0 }
  const before = tokenKeys({ tokenRoot: old, tokenRoots: [old] }).of(client)
  assert.equal(rotated.of(client).header, keys.of(client).header)
  assert.ok(rotated.find(client, `${before.header}.x.y`)?.key.equals(before.key))
  assert.deepEqual(rotated.idsOf(client), [root.id, old.id])
  assert.equal(rotated.find(client, `${before.header}x.y`), undefined)
  ring.tokenRoots = [root]
  assert.equal(rotated.find(client, `${before.header}.x.y`), undefined)
})
