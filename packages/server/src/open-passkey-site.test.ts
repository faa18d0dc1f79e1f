import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { parseConfig } from './config.ts'
import { makeBlob, makeCertificate, toPem } from './factors/webauthn/test-certificates.ts'
import { openPasskeySite } from './open-passkey-site.ts'
import type { Storage } from './storage/storage.ts'
import { onBothEngines, sqliteForTest } from './storage/test-storage.ts'

const now = new Date('2026-11-22T12:00:00Z')
const root = makeCertificate()
const pem = toPem(root)

function open(storage: Storage, publicUrl: string, env: Readonly<Record<string, string>> = {}) {
  const parsed = parseConfig(env)
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.errors.join('\n'))
  return openPasskeySite(parsed.config, { storage, publicUrl, world: { now: () => now, random: randomBytes } })
}

test('passkeys belong to the domain at which the server is reached, or to the one that is set', async (t) => {
  const storage = await (await sqliteForTest(t))()
  const usual = await open(storage, 'https://auth.example.test')
  assert.deepEqual([usual?.id, usual?.origins], ['auth.example.test', ['https://auth.example.test']])
  assert.equal((await open(storage, 'http://localhost:4100'))?.id, 'localhost')
  const set = await open(storage, 'https://auth.example.test', {
    GATEHOUSE_WEBAUTHN_RP_ID: 'example.test',
    GATEHOUSE_WEBAUTHN_ORIGINS: 'https://app.example.test, https://other.test',
    GATEHOUSE_WEBAUTHN_USER_VERIFICATION: 'required',
  })
  assert.deepEqual(set, {
    id: 'example.test',
    name: 'Gatehouse',
    origins: ['https://app.example.test', 'https://other.test'],
    demandsUserVerification: true,
    attestation: undefined,
  })
  for (const without of ['http://auth.example.test', 'https://192.0.2.1', 'http://[::1]:4100']) {
    assert.equal(await open(storage, without), undefined, without)
  }
})

onBothEngines('099 metadata that is older than what was in use is refused', async (_t, openStorage) => {
  const storage = await openStorage()
  const start = (no: number, signer = root) =>
    open(storage, 'https://auth.example.test', {
      GATEHOUSE_WEBAUTHN_ATTESTATION: 'direct',
      GATEHOUSE_WEBAUTHN_METADATA: makeBlob(signer, { no, nextUpdate: '2026-12-01', entries: [] }),
      GATEHOUSE_WEBAUTHN_METADATA_ROOT: pem,
    })
  for (const no of [7, 7, 9]) assert.equal((await start(no))?.attestation?.metadata?.no, no)
  await assert.rejects(start(8), /is number 8, and number 9 was in use before/)
  await assert.rejects(start(10, makeCertificate()), /cannot be relied on: its certificate does not lead to the root/)
  assert.equal((await start(9))?.attestation?.metadata?.no, 9)
})

test('settings of passkeys that would promise nothing are errors', () => {
  const direct = { GATEHOUSE_WEBAUTHN_ATTESTATION: 'direct' }
  const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ GATEHOUSE_WEBAUTHN_RP_ID: 'https://example.org' }, /is not a domain/],
    [{ GATEHOUSE_WEBAUTHN_ORIGINS: 'https://a.example.org,http://b.example.org' }, /b\.example\.org is not https/],
    [{ GATEHOUSE_WEBAUTHN_AAGUIDS: 'yubikey', ...direct }, /must be AAGUIDs/],
    [direct, /nobody is trusted/],
    [{ GATEHOUSE_WEBAUTHN_ATTESTATION_ROOTS: pem }, /say nothing without/],
    [{ GATEHOUSE_WEBAUTHN_AAGUIDS: '11111111-2222-4333-8444-555555555555' }, /say nothing without/],
    [{ GATEHOUSE_WEBAUTHN_ATTESTATION_ROOTS: 'no PEM', ...direct }, /must be certificates in PEM/],
    [{ GATEHOUSE_WEBAUTHN_METADATA: 'x.y.z', ...direct }, /belong together/],
  ]
  for (const [env, message] of wrong) {
    const parsed = parseConfig(env)
    assert.match(parsed.ok ? '' : parsed.errors.join('\n'), message, JSON.stringify(env))
  }
})
