import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'

export const nonceBytes = 12
export const tagBytes = 16

/**
 * AES-256-GCM (NIST SP 800-38D) in its one safe form: 256-bit key, 96-bit nonce, 128-bit tag after the ciphertext.
 * The caller never uses a nonce twice with one key.
 * @throws Error for any other size of key or nonce
 */
export function encryptAesGcm(
  key: KeyObject,
  nonce: Uint8Array,
  plaintext: Uint8Array | string,
  associated: Uint8Array,
): Buffer {
  checkNonce(nonce)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(associated)
  const head = typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext)
  return Buffer.concat([head, cipher.final(), cipher.getAuthTag()])
}

/**
 * The plaintext of `encryptAesGcm`, all of it authenticated.
 * @throws Error when anything differs by a bit, or for any other size of key, nonce or tag
 */
export function decryptAesGcm(key: KeyObject, nonce: Uint8Array, box: Uint8Array, associated: Uint8Array): Buffer {
  checkNonce(nonce)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(associated)
  decipher.setAuthTag(box.subarray(-tagBytes))
  const head = decipher.update(box.subarray(0, -tagBytes))
  return Buffer.concat([head, decipher.final()])
}

/** GCM takes nonces of any length; those of other lengths are hashed first and may collide (SP 800-38D, section 8.2). */
function checkNonce(nonce: Uint8Array): void {
  if (nonce.length !== nonceBytes) throw new Error(`An AES-GCM nonce has ${nonceBytes} bytes, not ${nonce.length}.`)
}
