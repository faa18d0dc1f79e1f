import { createDecipheriv, type ECDH, hkdfSync } from 'node:crypto'

/** What a browser has of a subscription. */
export interface TestBrowser {
  readonly ecdh: ECDH
  readonly keys: { readonly p256dh: Buffer; readonly auth: Buffer }
}

/**
 * Opens a push message as a browser does (RFC 8291, RFC 8188), sharing no code with what has sealed it.
 * @throws Error for what is not for this browser, or has been changed
 */
export function openPush(body: Buffer, { ecdh, keys }: TestBrowser): string {
  const salt = body.subarray(0, 16)
  const idLength = body.readUInt8(20)
  const sender = body.subarray(21, 21 + idLength)
  const box = body.subarray(21 + idLength)
  const derive = (ikm: Uint8Array, by: Uint8Array, info: Uint8Array | string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', ikm, by, info, bytes))
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), keys.p256dh, sender])
  const secret = derive(ecdh.computeSecret(sender), keys.auth, info, 32)
  const key = derive(secret, salt, 'Content-Encoding: aes128gcm\0', 16)
  const nonce = derive(secret, salt, 'Content-Encoding: nonce\0', 12)
  const decipher = createDecipheriv('aes-128-gcm', key, nonce)
  decipher.setAuthTag(box.subarray(-16))
  const record = Buffer.concat([decipher.update(box.subarray(0, -16)), decipher.final()])
  const end = record.findLastIndex((byte) => byte !== 0)
  if (record[end] !== 2) throw new Error('the last record does not say that it is the last')
  return record.subarray(0, end).toString('utf8')
}
