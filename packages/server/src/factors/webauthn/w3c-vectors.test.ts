import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { verifyAuthenticationResponse } from '@simplewebauthn/server'
import { judgeAssertion } from './assertion.ts'
import { findAttestationFault } from './attestation.ts'
import { judgeRegistration } from './registration.ts'
import { AssertionResponse, RegistrationResponse } from './response.ts'

interface Vector {
  readonly id: string
  readonly registration: Readonly<Record<string, string>>
  readonly authentication: Readonly<Record<string, string>>
}

interface Vectors {
  readonly rpId: string
  readonly origin: string
  readonly root: { readonly attestation_ca_cert: string }
  readonly cases: readonly Vector[]
}

const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../../../../vectors/webauthn-l3.json', import.meta.url), 'utf8'),
)

/** What we say to each vector: accepted, with or without the person verified, or the check that refuses it. */
const expected: Readonly<Record<string, readonly [registration: string, assertion: string]>> = {
  'none-es256': ['accepted', 'accepted, unverified'],
  'packed-self-es256': ['accepted', 'accepted, unverified'],
  'none-es256-crossOrigin': ['cross_origin', 'cross_origin'],
  'none-es256-topOrigin': ['cross_origin', 'cross_origin'],
  'none-es256-long-credential-id': ['accepted', 'accepted, verified'],
  'packed-es256': ['accepted', 'accepted, verified'],
  'packed-es384': ['accepted', 'accepted, verified'],
  'packed-es512': ['accepted', 'accepted, unverified'],
  'packed-rs256': ['accepted', 'accepted, unverified'],
  'packed-eddsa': ['accepted', 'accepted, unverified'],
  'packed-ed448': ['accepted', 'accepted, verified'],
  'tpm-es256': ['accepted', 'accepted, verified'],
  'android-key-es256': ['accepted', 'accepted, unverified'],
  'apple-es256': ['accepted', 'accepted, unverified'],
  'fido-u2f-es256': ['accepted', 'accepted, unverified'],
}

/** The W3C's own challenges, of 32 bytes and more. */
function ceremony(challenge: string | undefined) {
  return {
    rpId: vectors.rpId,
    origins: [vectors.origin],
    challenge: encode(challenge),
    demandsUserVerification: false,
  }
}

function encode(hex: string | undefined): string {
  return Buffer.from(hex ?? '', 'hex').toString('base64url')
}

function envelope({ registration }: Vector) {
  const id = encode(registration['credential_id'])
  return { id, rawId: id, type: 'public-key' as const }
}

function assertionOf(vector: Vector) {
  const { authentication } = vector
  return {
    ...envelope(vector),
    response: {
      clientDataJSON: encode(authentication['clientDataJSON']),
      authenticatorData: encode(authentication['authenticatorData']),
      signature: encode(authentication['signature']),
    },
  }
}

function registrationOf(vector: Vector): RegistrationResponse {
  const { registration } = vector
  const response = {
    clientDataJSON: encode(registration['clientDataJSON']),
    attestationObject: encode(registration['attestationObject']),
  }
  return RegistrationResponse.parse({ ...envelope(vector), response })
}

function register(vector: Vector, origin?: string) {
  const wanted = ceremony(vector.registration['challenge'])
  return judgeRegistration(registrationOf(vector), origin === undefined ? wanted : { ...wanted, origins: [origin] })
}

/** What we say where attestation is demanded and the W3C's root is trusted. */
const attested: Readonly<Record<string, string | undefined>> = {
  'none-es256': 'attestation_missing',
  'packed-self-es256': 'attestation_missing',
  'none-es256-long-credential-id': 'attestation_missing',
  'packed-es256': undefined,
  'packed-es384': undefined,
  'packed-es512': undefined,
  'packed-rs256': undefined,
  'packed-eddsa': undefined,
  'packed-ed448': undefined,
  // The maker of this TPM is number zero, whom the list of the TCG does not know.
  'tpm-es256': 'attestation_invalid',
  // Google's own certificates bring their root; this one does not.
  'android-key-es256': 'attestation_invalid',
  'apple-es256': undefined,
  // U2F knows no AAGUID, and this one has one.
  'fido-u2f-es256': 'attestation_invalid',
}

test('090 the attestations of the vectors are judged as the table says', async () => {
  const roots = [new X509Certificate(Buffer.from(vectors.root.attestation_ca_cert, 'hex'))]
  for (const [id, fault] of Object.entries(attested)) {
    const vector = vectors.cases.find((each) => each.id === id)
    assert.ok(vector)
    const registered = register(vector)
    assert.ok(registered.accepted)
    const known = { ...registered, given: registrationOf(vector), expected: ceremony(vector.registration['challenge']) }
    const policy = { roots, aaguids: undefined, metadata: undefined }
    const now = new Date('2026-11-22')
    assert.equal(await findAttestationFault(known, policy, now), fault, id)
    if (fault === undefined) {
      assert.equal(await findAttestationFault(known, { ...policy, roots: [] }, now), 'attestation_untrusted', id)
    }
  }
})

const anybody = Buffer.from('anybody')

test('090 the vectors of Web Authentication Level 3 are judged as the table says', async (t) => {
  assert.deepEqual(
    vectors.cases.map(({ id }) => id),
    Object.keys(expected),
  )
  for (const vector of vectors.cases) {
    await t.test(vector.id, () => {
      const [ofRegistration, ofAssertion] = expected[vector.id] ?? []
      const registered = register(vector)
      assert.equal(registered.accepted ? 'accepted' : registered.check, ofRegistration)
      const kept = registered.accepted
        ? registered.credential
        : { ...credentialOf(vectors.cases[0]), ...envelopeId(vector) }
      const given = AssertionResponse.parse(assertionOf(vector))
      const verdict = judgeAssertion(
        given,
        { credential: kept, userHandle: anybody },
        ceremony(vector.authentication['challenge']),
      )
      const said = verdict.accepted ? `accepted, ${verdict.userVerified ? 'verified' : 'unverified'}` : verdict.check
      assert.equal(said, ofAssertion)
      assert.equal(register(vector, 'https://example.com').accepted, false)
    })
  }
})

test('what we accept of the vectors, SimpleWebAuthn accepts', async () => {
  for (const vector of vectors.cases) {
    const registered = register(vector)
    // It knows no Ed448 without the attestation of its key.
    if (!registered.accepted || vector.id === 'packed-ed448') continue
    const { credential } = registered
    const { verified } = await verifyAuthenticationResponse({
      response: { ...assertionOf(vector), clientExtensionResults: {} },
      expectedChallenge: encode(vector.authentication['challenge']),
      expectedOrigin: vectors.origin,
      expectedRPID: vectors.rpId,
      requireUserVerification: false,
      credential: {
        id: credential.credentialId,
        publicKey: new Uint8Array(Buffer.from(credential.publicKey, 'base64url')),
        counter: 0,
      },
    })
    assert.ok(verified, vector.id)
  }
})

function credentialOf(vector: Vector | undefined) {
  const registered = vector && register(vector)
  assert.ok(registered?.accepted)
  return registered.credential
}

function envelopeId(vector: Vector) {
  return { credentialId: envelope(vector).id }
}
