import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { type CborMap, readCborMap } from './cbor.ts'

/** How a kind of key signs. One row each, so that nothing asks "which algorithm?" a second time. */
interface Algorithm {
  /** COSE key type (label 1): 1 OKP, 2 EC2, 3 RSA (RFC 9053, section 7). */
  readonly keyType: 1 | 2 | 3
  /** COSE curve (label -1), its name in JWK, and the bytes of a coordinate. */
  readonly curve?: { readonly id: number; readonly name: string; readonly bytes: number }
  readonly hash: string | null
}

/**
 * By COSE algorithm (RFC 9053, RFC 8812, RFC 9864), the preferred first. The curve of a key is the one that Level 3,
 * section 5.8.5, demands.
 */
const algorithms: ReadonlyMap<number, Algorithm> = new Map([
  [-8, { keyType: 1, curve: { id: 6, name: 'Ed25519', bytes: 32 }, hash: null }],
  [-7, { keyType: 2, curve: { id: 1, name: 'P-256', bytes: 32 }, hash: 'sha256' }],
  [-35, { keyType: 2, curve: { id: 2, name: 'P-384', bytes: 48 }, hash: 'sha384' }],
  [-36, { keyType: 2, curve: { id: 3, name: 'P-521', bytes: 66 }, hash: 'sha512' }],
  [-257, { keyType: 3, hash: 'sha256' }],
  [-53, { keyType: 1, curve: { id: 7, name: 'Ed448', bytes: 57 }, hash: null }],
])

/** What a browser is asked for, and all that is taken, the best first. */
export const offeredAlgorithms: readonly number[] = [...algorithms.keys()]

/** A public key that can be judged by. */
export interface PublicKey {
  readonly algorithm: number
  readonly key: KeyObject
  readonly hash: string | null
}

/**
 * A COSE_Key of an algorithm that we know, with exactly the members of its kind: a private part, another curve or a
 * member more is undefined. So is a point that is not on its curve.
 */
export function readPublicKey(cose: Uint8Array): PublicKey | undefined {
  const map = readCborMap(cose)
  const id = map?.get(3)
  const algorithm = typeof id === 'number' ? algorithms.get(id) : undefined
  if (!map || typeof id !== 'number' || !algorithm || map.get(1) !== algorithm.keyType) return undefined
  const jwk = algorithm.keyType === 3 ? readRsa(map) : readCurvePoint(map, algorithm)
  if (!jwk) return undefined
  try {
    return { algorithm: id, key: createPublicKey({ key: jwk, format: 'jwk' }), hash: algorithm.hash }
  } catch {
    return undefined
  }
}

function readCurvePoint(map: CborMap, { keyType, curve }: Algorithm) {
  const [x, y] = [map.get(-2), map.get(-3)]
  if (!curve || map.get(-1) !== curve.id || !isBytes(x, curve.bytes)) return undefined
  if (keyType === 1) return map.size === 4 ? { kty: 'OKP', crv: curve.name, x: encode(x) } : undefined
  if (map.size !== 5 || !isBytes(y, curve.bytes)) return undefined
  return { kty: 'EC', crv: curve.name, x: encode(x), y: encode(y) }
}

/** 2048 to 4096 bits and the exponent that everybody uses: others are slow, or weak (RFC 8812, section 2). */
function readRsa(map: CborMap) {
  const [n, e] = [map.get(-1), map.get(-2)]
  if (map.size !== 4 || !(n instanceof Uint8Array) || !isBytes(e, 3)) return undefined
  const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24
  const fits = n[0] !== 0 && bits >= 2048 && bits <= 4096 && Buffer.from(e).readUIntBE(0, 3) === 65_537
  return fits ? { kty: 'RSA', n: encode(n), e: encode(e) } : undefined
}

function isBytes(value: unknown, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

/** Whether the key has signed this. ECDSA signatures are DER and nothing but DER (Level 3, section 6.5.5). */
export function isSignedBy({ key, hash }: PublicKey, signed: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(hash, signed, { key, dsaEncoding: 'der' }, signature)
  } catch {
    return false
  }
}
