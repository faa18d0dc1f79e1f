import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type Quirks, type VirtualPasskeyOptions, virtualPasskey } from '@gatehouse/testing/virtual-passkey'
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server'
import { judgeAssertion } from './assertion.ts'
import type { Credential, Expected } from './credential.ts'
import { offeredAlgorithms } from './public-key.ts'
import { judgeRegistration } from './registration.ts'
import { AssertionResponse, RegistrationResponse } from './response.ts'

const origin = 'https://app.example.org'
const rpId = 'example.org'
const userHandle = Buffer.from('usr_of_the_test')

function newExpected(given: Partial<Expected> = {}): Expected {
  const challenge = randomBytes(32).toString('base64url')
  return { rpId, origins: [origin], challenge, demandsUserVerification: true, ...given }
}

function creationOptions({ challenge }: Expected) {
  return {
    challenge,
    rp: { id: rpId, name: 'Example' },
    user: { id: userHandle.toString('base64url'), name: 'ada', displayName: 'Ada' },
    pubKeyCredParams: offeredAlgorithms.map((alg) => ({ alg, type: 'public-key' })),
  }
}

/** A passkey, its credential as kept, and how it signs in. */
function enrolled(options: Partial<VirtualPasskeyOptions> = {}) {
  const passkey = virtualPasskey({ origin, ...options })
  const expected = newExpected()
  const registered = judgeRegistration(RegistrationResponse.parse(passkey.create(creationOptions(expected))), expected)
  assert.ok(registered.accepted)
  const { credential } = registered
  const signIn = (quirks: Quirks = {}, { expected = newExpected(), kept = credential }: SignIn = {}) => {
    const answer = passkey.get({ challenge: expected.challenge, rpId }, quirks)
    const given = AssertionResponse.safeParse(answer)
    if (!given.success) return 'form'
    const verdict = judgeAssertion(given.data, { credential: kept, userHandle }, expected)
    return verdict.accepted ? verdict : verdict.check
  }
  return { passkey, credential, signIn }
}

interface SignIn {
  readonly expected?: Expected
  readonly kept?: Credential
}

function register(quirks: Quirks, expected = newExpected()) {
  const answer = virtualPasskey({ origin }).create(creationOptions(expected), quirks)
  const given = RegistrationResponse.safeParse(answer)
  if (!given.success) return 'form'
  const verdict = judgeRegistration(given.data, expected)
  return verdict.accepted ? verdict : verdict.check
}

test('a passkey of each kind is registered and signs in, to us and to SimpleWebAuthn', async () => {
  for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const) {
    for (const synced of [false, true]) {
      const passkey = virtualPasskey({ origin, algorithm, synced })
      const making = newExpected()
      const made = passkey.create(creationOptions(making))
      const registered = judgeRegistration(RegistrationResponse.parse(made), making)
      assert.ok(registered.accepted)
      const { credential } = registered
      assert.deepEqual([credential.backupEligible, credential.backedUp], [synced, synced])
      const expected = newExpected()
      const answer = passkey.get({ challenge: expected.challenge, rpId })
      const verdict = judgeAssertion(AssertionResponse.parse(answer), { credential, userHandle }, expected)
      assert.ok(verdict.accepted && verdict.userVerified)
      assert.equal(verdict.credential.signCount, synced ? 0 : 1)

      const common = { expectedOrigin: origin, expectedRPID: rpId }
      const first = await verifyRegistrationResponse({
        ...common,
        response: made as Parameters<typeof verifyRegistrationResponse>[0]['response'],
        expectedChallenge: making.challenge,
      })
      assert.equal(first.registrationInfo?.credential.id, credential.credentialId)
      const second = await verifyAuthenticationResponse({
        ...common,
        response: answer,
        expectedChallenge: expected.challenge,
        credential: { id: credential.credentialId, publicKey: first.registrationInfo.credential.publicKey, counter: 0 },
      })
      assert.ok(second.verified)
    }
  }
})

const other = randomBytes(32).toString('base64url')

test('091 a challenge is ours to the last letter, and long enough', () => {
  const { signIn } = enrolled()
  const { challenge } = newExpected()
  const expected = newExpected({ challenge })
  for (const wrong of [other, '', `${challenge}A`, challenge.slice(0, -1), `${challenge}=`, challenge.toLowerCase()]) {
    assert.equal(signIn({ challenge: wrong }, { expected }), 'challenge', wrong)
    assert.equal(register({ challenge: wrong }, expected), 'challenge', wrong)
  }
  const short = newExpected({ challenge: randomBytes(15).toString('base64url') })
  assert.equal(signIn({}, { expected: short }), 'challenge')
  assert.equal(register({}, short), 'challenge')
  assert.equal(signIn({}, { expected: newExpected({ challenge: '' }) }), 'challenge')
})

test('092 an origin is one of ours to the last letter', () => {
  const { signIn } = enrolled()
  for (const wrong of [
    'http://app.example.org',
    'https://app.example.org:8443',
    'https://app.example.org:443',
    'https://example.org',
    'https://evil.app.example.org',
    'https://app.example.org.evil',
    'https://app.example.org.',
    'https://app.example.org/',
    'https://App.example.org',
    'https://аpp.example.org',
    'https://xn--pp-6kc.example.org',
    'https://app.example.org@evil.example',
    'null',
    '',
  ]) {
    assert.equal(signIn({ origin: wrong }), 'origin', wrong)
    assert.equal(register({ origin: wrong }), 'origin', wrong)
  }
})

test('093 what was made for another site or another ceremony is refused', () => {
  const { signIn } = enrolled()
  for (const wrong of ['example.com', 'app.example.org', '', 'Example.org']) {
    assert.equal(signIn({ rpId: wrong }), 'rp_id', wrong)
    assert.equal(register({ rpId: wrong }), 'rp_id', wrong)
  }
  for (const type of ['webauthn.create', 'payment.get', '', 'WEBAUTHN.GET']) assert.equal(signIn({ type }), 'type')
  for (const type of ['webauthn.get', 'payment.get']) assert.equal(register({ type }), 'type')
})

test('094 the person is present, and verified where that is demanded', () => {
  const { signIn } = enrolled()
  assert.equal(signIn({ userPresent: false }), 'user_presence')
  assert.equal(register({ userPresent: false }), 'user_presence')
  assert.equal(signIn({ userVerified: false }), 'user_verification')
  assert.equal(register({ userVerified: false }), 'user_verification')
  const expected = newExpected({ demandsUserVerification: false })
  const verdict = signIn({ userVerified: false }, { expected })
  assert.ok(typeof verdict !== 'string' && !verdict.userVerified)
})

test('095 a page inside of another page is refused', () => {
  const { signIn } = enrolled()
  for (const quirks of [
    { crossOrigin: true },
    { topOrigin: origin },
    { crossOrigin: true, topOrigin: 'https://x.example' },
  ]) {
    assert.equal(signIn(quirks), 'cross_origin')
    assert.equal(register(quirks), 'cross_origin')
  }
})

test('096 a signature that is not one is refused and never an error of ours', () => {
  const { signIn } = enrolled()
  assert.equal(signIn({ otherKey: true }), 'signature')
  const changes: Readonly<Record<string, (signature: Buffer) => Uint8Array>> = {
    'a byte more': (signature) => Buffer.concat([signature, Buffer.of(0)]),
    'a byte less': (signature) => signature.subarray(0, -1),
    nothing: () => Buffer.alloc(0),
    'a sequence of zeros': () => Buffer.from('3006020100020100', 'hex'),
    'an indefinite length': (signature) =>
      Buffer.concat([Buffer.of(0x30, 0x80), signature.subarray(2), Buffer.alloc(2)]),
    'r and s side by side': () => Buffer.alloc(64, 7),
    'one bit turned': (signature) => Buffer.concat([signature.subarray(0, -1), Buffer.of((signature.at(-1) ?? 0) ^ 1)]),
    'one kilobyte': () => Buffer.alloc(1024, 0x30),
  }
  for (const [name, signature] of Object.entries(changes)) assert.equal(signIn({ signature }), 'signature', name)
  assert.equal(signIn({ signature: () => Buffer.alloc(1026) }), 'form')
})

test('097 authenticator data is read to its last byte, and large parts are not read at all', () => {
  const { signIn } = enrolled()
  const flags = (bits: number) => (bytes: Buffer) => {
    bytes.writeUInt8(bytes.readUInt8(32) | bits, 32)
    return bytes
  }
  const more = (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)])
  assert.equal(signIn({ authenticatorData: more }), 'authenticator_data')
  assert.equal(register({ authenticatorData: more }), 'attestation_object')
  assert.equal(signIn({ authenticatorData: flags(64) }), 'authenticator_data')
  assert.equal(signIn({ authenticatorData: flags(128) }), 'authenticator_data')
  const newCredential = Buffer.concat([Buffer.alloc(17), Buffer.of(1, 7, 0xa0)])
  const attested = (bytes: Buffer) => Buffer.concat([flags(64)(bytes), newCredential])
  assert.equal(signIn({ authenticatorData: attested }), 'authenticator_data')
  assert.equal(register({ authenticatorData: (bytes) => bytes.subarray(0, 60) }), 'attestation_object')
  const noKey = (bytes: Buffer) => {
    bytes.writeUInt8(bytes.readUInt8(32) & ~64, 32)
    return bytes.subarray(0, 37)
  }
  assert.equal(register({ authenticatorData: noKey }), 'attestation_object')
  const extended = (bytes: Buffer) =>
    Buffer.concat([flags(128)(bytes), Buffer.from('a16b6372656450726f7465637402', 'hex')])
  assert.notEqual(typeof signIn({ authenticatorData: extended }), 'string')

  assert.equal(register({ attestationObject: more }), 'attestation_object')
  assert.equal(register({ attestationObject: () => Buffer.alloc(1000, 0x81) }), 'attestation_object')
  assert.equal(register({ attestationObject: () => Buffer.alloc(1_000_000) }), 'form')
  assert.equal(
    register({ attestationObject: (bytes) => Buffer.concat([Buffer.of(0xbf), bytes.subarray(1), Buffer.of(0xff)]) }),
    'attestation_object',
  )
  assert.equal(register({ clientData: () => Buffer.alloc(5000, 0x20) }), 'form')
  for (const text of ['null', '[]', '1', '', '{', '{"type":"webauthn.get"}']) {
    assert.equal(register({ clientData: () => Buffer.from(text) }), 'malformed', text)
    assert.equal(signIn({ clientData: () => Buffer.from(text) }), 'malformed', text)
  }
  assert.equal(register({ clientData: () => Buffer.of(0xff) }), 'malformed')
  const withPrivate = register({ publicKey: (members) => new Map([...members, [-4, Buffer.alloc(32, 1)]]) })
  assert.equal(withPrivate, 'public_key')
  assert.equal(register({ publicKey: (members) => new Map([...members, [-1, 8]]) }), 'public_key')
})

test('092 095 client data that could be read in two ways are refused, and none is read by what came before', () => {
  const { signIn } = enrolled()
  const saying = (more: string) => (bytes: Buffer) => {
    const { type, challenge } = JSON.parse(bytes.toString())
    return Buffer.from(`{"type":"${type}","challenge":"${challenge}","origin":"${origin}"${more}}`)
  }
  assert.notEqual(typeof signIn({ clientData: saying('') }), 'string')
  assert.notEqual(typeof signIn({ clientData: (bytes) => Buffer.from(`\ufeff${saying('')(bytes)}`) }), 'string')
  // V8 takes the names of the next text for these (nodejs/node#63785).
  for (const name of ['cross\\\\u004f', 'top\\\\u004f']) {
    const rest = `"challenge":"","origin":"","${name}":`
    JSON.parse(`{"type":"",${rest}true}`)
    JSON.parse(`{"type":"",${rest}""}`)
  }
  assert.equal(signIn({ clientData: saying(',"cross\\u004frigin":true') }), 'cross_origin')
  assert.equal(signIn({ clientData: saying(',"top\\u004frigin":"https://evil.example"') }), 'cross_origin')
  for (const twin of [
    `,"origin":"${origin}"`,
    ',"crossOrigin":true,"crossOrigin":false',
    ',"crossOrigin":true,"cross\\u004frigin":false',
    ',"__proto__":{"crossOrigin":false}',
    `,"deep":${'['.repeat(16)}${']'.repeat(16)}`,
  ]) {
    assert.equal(signIn({ clientData: saying(twin) }), 'malformed', twin)
  }
})

test('097 base64url has one spelling', () => {
  const expected = newExpected()
  const answer = virtualPasskey({ origin }).create(creationOptions(expected))
  for (const wrong of [
    `${answer.id}=`,
    `${answer.id}\n`,
    ` ${answer.id}`,
    answer.id.slice(0, -1),
    `${answer.id}AAAA`,
  ]) {
    assert.equal(RegistrationResponse.safeParse({ ...answer, id: wrong }).success, false)
    assert.equal(RegistrationResponse.safeParse({ ...answer, rawId: wrong }).success, false)
  }
  const id = randomBytes(32).toString('base64url')
  const verdict = judgeRegistration(RegistrationResponse.parse({ ...answer, id, rawId: id }), expected)
  assert.deepEqual(verdict, { accepted: false, check: 'credential_id' })
})

test('098 a counter rises, and two that do not count are honest', () => {
  const { signIn, credential } = enrolled()
  const kept = { ...credential, signCount: 7 }
  for (const signCount of [0, 1, 6, 7]) assert.equal(signIn({ signCount }, { kept }), 'sign_count', String(signCount))
  const verdict = signIn({ signCount: 8 }, { kept })
  assert.ok(typeof verdict !== 'string' && verdict.credential.signCount === 8)
  assert.notEqual(typeof signIn({ signCount: 0 }), 'string')
  assert.notEqual(typeof signIn({ signCount: 0xffffffff }, { kept }), 'string')
})

test('a credential that is in a backup could go there from the beginning', () => {
  const { signIn, credential } = enrolled()
  assert.equal(signIn({ backedUp: true }), 'backup_flags')
  assert.equal(register({ backedUp: true }), 'backup_flags')
  assert.equal(signIn({ backupEligible: true }), 'backup_eligibility_changed')
  const synced = enrolled({ synced: true })
  assert.equal(synced.signIn({ backupEligible: false, backedUp: false }), 'backup_eligibility_changed')
  const left = synced.signIn({ backedUp: false })
  assert.ok(typeof left !== 'string' && !left.credential.backedUp)
  assert.equal(credential.backedUp, false)
})

test('a credential answers for its own user', () => {
  const { signIn } = enrolled()
  assert.equal(signIn({ userHandle: Buffer.from('usr_other').toString('base64url') }), 'user_handle')
  assert.notEqual(typeof signIn({ userHandle: '' }), 'string')
  const { credential } = enrolled()
  assert.equal(signIn({}, { kept: credential }), 'credential_id')
})
