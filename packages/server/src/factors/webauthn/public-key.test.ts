import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Cbor, encodeCbor } from '@gatehouse/testing/encode-cbor'
import { isSignedBy, readPublicKey } from './public-key.ts'

interface Group {
  readonly publicKeyPem: string
  readonly tests: readonly {
    readonly tcId: number
    readonly msg: string
    readonly sig: string
    readonly result: string
  }[]
}

function groupsOf(name: string): readonly Group[] {
  const file = new URL(`../../../../../vectors/wycheproof/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')).testGroups
}

/** The COSE key of a PEM, so that the way from bytes to key is tested as well. */
function coseOf(pem: string): Uint8Array {
  const { kty, x, y, n, e } = createPublicKey(pem).export({ format: 'jwk' })
  const bytes = (part: string | undefined) => Buffer.from(part ?? '', 'base64url')
  if (kty === 'EC') return cose([1, 2], [3, -7], [-1, 1], [-2, bytes(x)], [-3, bytes(y)])
  if (kty === 'RSA') return cose([1, 3], [3, -257], [-1, bytes(n)], [-2, bytes(e)])
  return cose([1, 1], [3, -8], [-1, 6], [-2, bytes(x)])
}

function cose(...members: readonly (readonly [number, Cbor])[]): Buffer {
  return encodeCbor(new Map(members))
}

test('096 signatures are judged as Wycheproof says, and never throw', () => {
  for (const name of ['ecdsa_secp256r1_sha256_test', 'ed25519_test', 'rsa_signature_2048_sha256_test']) {
    for (const { publicKeyPem, tests } of groupsOf(name)) {
      const key = readPublicKey(coseOf(publicKeyPem))
      // Keys with another exponent than 65537.
      if (!key) continue
      for (const { tcId, msg, sig, result } of tests) {
        if (result === 'acceptable') continue
        const verdict = isSignedBy(key, Buffer.from(msg, 'hex'), Buffer.from(sig, 'hex'))
        assert.equal(verdict, result === 'valid', `${name} ${tcId}`)
      }
    }
  }
})

test('096 a signature in the fixed form of IEEE P1363 is none', () => {
  for (const { publicKeyPem, tests } of groupsOf('ecdsa_secp256r1_sha256_p1363_test')) {
    const key = readPublicKey(coseOf(publicKeyPem))
    assert.ok(key)
    for (const { msg, sig } of tests) assert.ok(!isSignedBy(key, Buffer.from(msg, 'hex'), Buffer.from(sig, 'hex')))
  }
})

const point = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
const [x, y] = [Buffer.from(point.x ?? '', 'base64url'), Buffer.from(point.y ?? '', 'base64url')]
const es256: readonly (readonly [number, Cbor])[] = [
  [1, 2],
  [3, -7],
  [-1, 1],
  [-2, x],
  [-3, y],
]

test('097 a key has exactly the members of its kind', () => {
  assert.ok(readPublicKey(cose(...es256)))
  const replaced = (label: number, value: Cbor) =>
    cose(...es256.map(([key, old]) => [key, key === label ? value : old] as const))
  const wrong: Readonly<Record<string, Uint8Array>> = {
    'a private part': cose(...es256, [-4, x]),
    'a key id': cose(...es256, [2, x]),
    'an RSA key type': replaced(1, 3),
    'an RSA algorithm': replaced(3, -257),
    'EdDSA on a NIST curve': replaced(3, -8),
    'the curve of another algorithm': replaced(-1, 2),
    secp256k1: replaced(-1, 8),
    'an unknown curve': replaced(-1, 99),
    'an unknown algorithm': replaced(3, -65_535),
    'a point off the curve': replaced(-3, Buffer.alloc(32, 1)),
    'a short coordinate': replaced(-2, x.subarray(1)),
    'a sign in place of y': replaced(-3, true),
    'no y': cose(...es256.slice(0, 4)),
    'an RSA key of 1024 bits': cose([1, 3], [3, -257], [-1, Buffer.alloc(128, 0xff)], [-2, Buffer.of(1, 0, 1)]),
    'an RSA key of 8192 bits': cose([1, 3], [3, -257], [-1, Buffer.alloc(1024, 0xff)], [-2, Buffer.of(1, 0, 1)]),
    'an RSA exponent of one': cose([1, 3], [3, -257], [-1, Buffer.alloc(256, 0xff)], [-2, Buffer.of(1)]),
    nothing: new Uint8Array(),
  }
  for (const [name, bytes] of Object.entries(wrong)) assert.equal(readPublicKey(bytes), undefined, name)
})
