import { createECDH, createPrivateKey, type ECDH, type KeyObject } from 'node:crypto'

/** The order of the curve P-256 (SP 800-186, section 3.2.1.3). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** How many random bytes a key is made of: more than it has, so that no key is likelier than another. */
export const p256SeedBytes = 48

/** A key pair on P-256. */
export interface P256Key {
  /** 65 bytes, uncompressed. */
  readonly publicKey: Buffer
  readonly ecdh: ECDH
  /** The same key, to sign with. */
  readonly signer: KeyObject
}

/**
 * The key pair that comes from random bytes (FIPS 186-5, A.2.1).
 * @throws RangeError for a seed of another length
 */
export function p256KeyOf(seed: Uint8Array): P256Key {
  if (seed.length !== p256SeedBytes) throw new RangeError(`a key is made of ${p256SeedBytes} bytes`)
  return p256KeyOfScalar((BigInt(`0x${Buffer.from(seed).toString('hex')}`) % (order - 1n)) + 1n)
}

/** The key pair of a number from 1 to the order of the curve. */
export function p256KeyOfScalar(scalar: bigint): P256Key {
  const privateKey = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex')
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(privateKey)
  const publicKey = ecdh.getPublicKey()
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: publicKey.toString('base64url', 1, 33),
    y: publicKey.toString('base64url', 33),
    d: privateKey.toString('base64url'),
  }
  return { publicKey, ecdh, signer: createPrivateKey({ key: jwk, format: 'jwk' }) }
}
