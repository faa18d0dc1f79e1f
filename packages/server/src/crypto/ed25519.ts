import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

/** A key pair that signs (RFC 8032). */
export interface SigningKey {
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

/** What stands before the 32 bytes of a seed and of a public key in DER (RFC 8410). */
const seedPrefix = Buffer.from('302e020100300506032b657004220420', 'hex')
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex')

/** The key pair that comes from 32 secret bytes. */
export function signingKey(seed: Uint8Array): SigningKey {
  const key = createPrivateKey({ key: Buffer.concat([seedPrefix, seed]), format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(publicPrefix.length)
  return { publicKey, sign: (message) => sign(null, message, key) }
}

/** Whether the owner of the key has signed the message. */
export function isSignedBy(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return verify(null, message, publicKeyOf(publicKey), signature)
}

function publicKeyOf(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([publicPrefix, bytes]), format: 'der', type: 'spki' })
}
