import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifySignature } from '@gatehouse/server/clients/signatures/verify-signature'
import { hmacSha256 } from '@gatehouse/server/crypto/hmac-sha256'
import { signMessage } from './sign-message.ts'

test('what the command signs by RFC 9421, the server takes', () => {
  const secret = 'cs_test_0123456789abcdef0123456789abcdef'
  const created = 1_710_072_000
  const client = {
    slug: 'portal',
    schemes: new Set(['rfc9421'] as const),
    secrets: [{ id: 'sec_1', mac: hmacSha256(Buffer.from(secret)), expiresAt: null }] as const,
  }
  for (const [method, target, text] of [
    ['POST', '/v1/auth/login', '{}'],
    ['GET', '/v1/users?limit=5&email=a%40b.test', ''],
    ['GET', '/v1/users/usr_1', ''],
  ] as const) {
    const body = Buffer.from(text)
    const parts = { clientId: 'portal', secret, created, nonce: 'n-0123456789abcdef', authority: 'localhost:4100' }
    const signed = signMessage({ ...parts, method, target, body })
    const headers = Object.fromEntries(Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value]))
    const request = { method, target, headers: { ...headers, host: 'localhost:4100' }, body }
    const verdict = verifySignature(client, request, new Date(created * 1000), 300)
    assert.deepEqual(
      verdict,
      { valid: true, secretId: 'sec_1', once: 'nonce:n-0123456789abcdef' },
      `${method} ${target}`,
    )
    const other = verifySignature(client, { ...request, target: '/v1/other' }, new Date(created * 1000), 300)
    assert.equal(other.valid, false)
  }
})
