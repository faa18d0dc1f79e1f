import assert from 'node:assert/strict'
import { createSecretKey, hkdfSync } from 'node:crypto'
import { test } from 'node:test'
import type { ClientId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { tokenKeys } from './token-keys.ts'

const bytes = Buffer.alloc(32, 1)
const root = { id: 'key_0123456789abcdefghjkmnpqrs', key: createSecretKey(bytes) }
const keys = tokenKeys({ tokenRoot: root } as Keyring)
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
  assert.deepEqual([keys.idOf(first), keys.idOf(second)], [root.id, `${root.id}.1`])
  assert.deepEqual(Buffer.from(keys.export(second).bytes), keys.of(second).key.export())
})
