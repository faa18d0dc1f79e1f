import { createCipheriv, createSecretKey } from 'node:crypto'
import { hkdf } from '../../crypto/hkdf.ts'
import type { P256Key } from '../../crypto/p256.ts'

/** What a browser gives out with its subscription (RFC 8291, section 2). */
export interface BrowserKeys {
  /** 65 bytes: its public key. */
  readonly p256dh: Uint8Array
  /** 16 bytes that it shares with us alone. */
  readonly auth: Uint8Array
}

interface Sealing {
  readonly keys: BrowserKeys
  /** Of this one message. */
  readonly ephemeral: P256Key
  /** 16 bytes, of this one message. */
  readonly salt: Uint8Array
  /** What is shorter is filled up to this, so that its length says nothing. */
  readonly padTo?: number
}

/** The largest record: one is all that a push message may have (RFC 8291, section 4). */
const recordSize = 4096

/**
 * A message that nobody on the way can read: encrypted to the keys of a browser (RFC 8291, section 3) as one record
 * of `aes128gcm` (RFC 8188, section 2).
 * @throws Error for a public key that is not on the curve
 */
export function encryptPush(text: string, { keys, ephemeral, salt, padTo = 0 }: Sealing): Buffer {
  const shared = ephemeral.ecdh.computeSecret(keys.p256dh)
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), keys.p256dh, ephemeral.publicKey])
  const secret = createSecretKey(hkdf(createSecretKey(shared), { salt: keys.auth, info, bytes: 32 }))
  const key = hkdf(secret, { salt, info: 'Content-Encoding: aes128gcm\0', bytes: 16 })
  const nonce = hkdf(secret, { salt, info: 'Content-Encoding: nonce\0', bytes: 12 })
  const plain = Buffer.from(text)
  // The 2 says that this record is the last.
  const record = Buffer.concat([plain, Buffer.from([2]), Buffer.alloc(Math.max(0, padTo - plain.length))])
  const cipher = createCipheriv('aes-128-gcm', key, nonce)
  const sealed = Buffer.concat([cipher.update(record), cipher.final(), cipher.getAuthTag()])
  const head = Buffer.alloc(5)
  head.writeUInt32BE(recordSize)
  head.writeUInt8(ephemeral.publicKey.length, 4)
  return Buffer.concat([salt, head, ephemeral.publicKey, sealed])
}
