import assert from 'node:assert/strict'
import { createSecretKey, hkdfSync } from 'node:crypto'
import { test } from 'node:test'
import type { ClientId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { tokenKeys } from './token-keys.ts'

const bytes = Buffer.alloc(32, 1)
const root = { id: 'key_0123456789abcdefghjkmnpqrs', key: createSecretKey(bytes) }
const keyOf = tokenKeys({ tokenRoot: root } as Keyring)

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
