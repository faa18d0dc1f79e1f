import assert from 'node:assert/strict'
import { randomBytes, sign, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { type Attest, virtualPasskey } from '@gatehouse/testing/virtual-passkey'
import { type AttestationPolicy, findAttestationFault } from './attestation.ts'
import { readPemCertificates } from './certificate-path.ts'
import { readMetadataBlob } from './metadata-blob.ts'
import { judgeRegistration } from './registration.ts'
import { RegistrationResponse } from './response.ts'
import { makeBlob, makeCertificate, type TestCertificate, toPem } from './test-certificates.ts'

const origin = 'https://app.example.org'
const aaguid = '11111111-2222-3333-4444-555555555555'
const aaguidHex = aaguid.replaceAll('-', '')
const now = new Date('2026-11-22T12:00:00Z')
const root = makeCertificate()
const maker = makeCertificate({ name: 'Test maker', issuer: root, aaguid: aaguidHex })
const trusting: AttestationPolicy = { roots: readPemCertificates(toPem(root)), aaguids: undefined, metadata: undefined }

/** Attestation of the format `packed`, vouched for by these certificates. */
function packedBy(...path: readonly TestCertificate[]): Attest {
  return (signed) => ({
    format: 'packed',
    statement: new Map<string, number | Uint8Array | Uint8Array[]>([
      ['alg', -7],
      ['sig', sign('sha256', signed, path[0]?.key ?? root.key)],
      ['x5c', path.map(({ der }) => der)],
    ]),
  })
}

const vouched = packedBy(maker)

async function judge(policy: AttestationPolicy, attest?: Attest, at = now) {
  const passkey = virtualPasskey({ origin, aaguid, ...(attest && { attest }) })
  const challenge = randomBytes(32).toString('base64url')
  const expected = { rpId: 'example.org', origins: [origin], challenge, demandsUserVerification: true }
  const made = passkey.create({
    challenge,
    rp: { id: 'example.org', name: 'Example' },
    user: { id: 'dXNy', name: 'ada', displayName: 'Ada' },
    pubKeyCredParams: [{ alg: -7, type: 'public-key' }],
  })
  const given = RegistrationResponse.parse(made)
  const registered = judgeRegistration(given, expected)
  assert.ok(registered.accepted)
  return findAttestationFault({ ...registered, given, expected }, policy, at)
}

test('an attestation of a trusted maker is accepted, with and without certificates between', async () => {
  assert.equal(await judge(trusting, vouched), undefined)
  const middle = makeCertificate({ name: 'Middle', issuer: root, isCa: true })
  const leaf = makeCertificate({ name: 'Leaf', issuer: middle, aaguid: aaguidHex })
  assert.equal(await judge(trusting, packedBy(leaf, middle)), undefined)
  assert.equal(await judge(trusting, packedBy(leaf, middle, root)), undefined)
})

test('099 nobody vouches for himself', async () => {
  assert.equal(await judge(trusting), 'attestation_missing')
  const self: Attest = (signed, key) => ({
    format: 'packed',
    statement: new Map<string, number | Uint8Array>([
      ['alg', -7],
      ['sig', sign('sha256', signed, key)],
    ]),
  })
  assert.equal(await judge(trusting, self), 'attestation_missing')
})

test('099 a certificate leads to a root of ours, now', async () => {
  const stranger = makeCertificate()
  const untrusted: Readonly<Record<string, Attest>> = {
    'the root of a stranger with the same name': packedBy(makeCertificate({ issuer: stranger, aaguid: aaguidHex })),
    'a root that signs for itself': packedBy(stranger),
    'an expired certificate': packedBy(makeCertificate({ issuer: root, until: new Date('2026-11-22T11:59:59Z') })),
    'a certificate of tomorrow': packedBy(makeCertificate({ issuer: root, from: new Date('2026-11-23') })),
    'an issuer that may not issue': packedBy(makeCertificate({ name: 'x', issuer: maker }), maker),
    'certificates that do not belong together': packedBy(maker, stranger, root),
    nothing: packedBy(),
  }
  for (const [name, attest] of Object.entries(untrusted)) {
    assert.equal(await judge(trusting, attest), 'attestation_untrusted', name)
  }
  const broken: Attest = (signed, key) => {
    const { format, statement } = vouched(signed, key)
    return { format, statement: new Map([...statement, ['x5c', [Buffer.from('no certificate')]]]) }
  }
  assert.equal(await judge(trusting, broken), 'attestation_untrusted')
  const old = makeCertificate({ until: new Date('2026-01-01') })
  const roots = [new X509Certificate(old.der)]
  assert.equal(await judge({ ...trusting, roots }, packedBy(makeCertificate({ issuer: old }))), 'attestation_untrusted')
})

test('099 a statement that says something else than the authenticator is refused', async () => {
  const wrong: Readonly<Record<string, Attest>> = {
    'the AAGUID of another kind': packedBy(makeCertificate({ name: 'x', issuer: root, aaguid: 'f'.repeat(32) })),
    'a signature over something else': (_signed, key) => vouched(Buffer.from('something else'), key),
    'the signature of another key': (signed, key) => {
      const { format, statement } = packedBy(root)(signed, key)
      return { format, statement: new Map([...statement, ['x5c', [maker.der]]]) }
    },
    'a format that nobody knows': (signed, key) => ({ ...vouched(signed, key), format: 'best' }),
  }
  for (const [name, attest] of Object.entries(wrong)) {
    assert.equal(await judge(trusting, attest), 'attestation_invalid', name)
  }
})

test('099 kinds of authenticators that are not on the list are refused', async () => {
  assert.equal(await judge({ ...trusting, aaguids: new Set([aaguid]) }, vouched), undefined)
  assert.equal(await judge({ ...trusting, aaguids: new Set(['f'.repeat(8)]) }, vouched), 'aaguid_not_allowed')
})

const mdsRoot = makeCertificate({ name: 'Metadata root' })
const mdsRoots = readPemCertificates(toPem(mdsRoot))

function blobWith(...statuses: readonly string[]) {
  return {
    no: 7,
    nextUpdate: '2026-12-01',
    legalHeader: '',
    entries: [
      { statusReports: [] },
      {
        aaguid,
        metadataStatement: { description: 'x', attestationRootCertificates: [root.der.toString('base64')] },
        statusReports: statuses.map((status) => ({ status, effectiveDate: '2026-01-01' })),
      },
    ],
  }
}

test('099 the metadata of the FIDO alliance names roots, and authenticators that are not to be relied on', async () => {
  const policyWith = (...statuses: readonly string[]): AttestationPolicy => {
    const metadata = readMetadataBlob(makeBlob(mdsRoot, blobWith(...statuses)), mdsRoots, now)
    return { roots: [], aaguids: undefined, metadata }
  }
  assert.equal(await judge(policyWith('FIDO_CERTIFIED'), vouched), undefined)
  assert.equal(await judge({ ...policyWith(), metadata: undefined }, vouched), 'attestation_untrusted')
  for (const status of ['REVOKED', 'USER_KEY_REMOTE_COMPROMISE', 'ATTESTATION_KEY_COMPROMISE']) {
    const policy = policyWith('FIDO_CERTIFIED', status, 'UPDATE_AVAILABLE')
    assert.equal(await judge(policy, vouched), 'authenticator_distrusted')
    assert.equal(await judge({ ...policy, roots: trusting.roots }, vouched), 'authenticator_distrusted')
  }
})

test('099 a metadata BLOB is signed by whom it says, under the root that was given', () => {
  const good = makeBlob(mdsRoot, blobWith())
  const metadata = readMetadataBlob(`${good}\n`, mdsRoots, now)
  assert.deepEqual([metadata.no, metadata.nextUpdate, metadata.entries.size], [7, new Date('2026-12-01'), 1])
  const [head = '', body = '', tail = ''] = good.split('.')
  const changed = Buffer.from(JSON.stringify({ ...blobWith(), no: 8 })).toString('base64url')
  const expired = makeCertificate({ name: 'old', issuer: mdsRoot, until: new Date('2026-01-01') })
  const none = Buffer.from('{"alg":"none","x5c":[]}').toString('base64url')
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['', /not a metadata BLOB/],
    [`${good}.`, /not a metadata BLOB/],
    [`${none}.${body}.`, /not a metadata BLOB/],
    [`${head}.${changed}.${tail}`, /signature is not valid/],
    [`${head}.${body}.`, /signature is not valid/],
    [makeBlob(makeCertificate({ name: 'Metadata root' }), blobWith()), /does not lead to the root/],
    [makeBlob(mdsRoot, blobWith(), expired), /does not lead to the root/],
    [makeBlob(mdsRoot, { no: 'seven' }), /does not hold/],
  ]
  for (const [blob, message] of wrong) assert.throws(() => readMetadataBlob(blob, mdsRoots, now), message)
  assert.throws(() => readMetadataBlob(good, mdsRoots, new Date('2130-01-01')), /does not lead/)
})
