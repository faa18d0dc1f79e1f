import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { DeviceKey } from '@gatehouse/contract/push-operations'
import { sha256 } from '../../crypto/sha256.ts'

/** Whether the owner of the key has signed the text. A point that is not on its curve has signed nothing. */
export function hasSigned(key: DeviceKey, text: string, signature: string): boolean {
  const opened = openKey(key)
  if (!opened) return false
  const hash = key.kty === 'EC' ? 'sha256' : null
  const bytes = Buffer.from(signature, 'base64url')
  return verify(hash, Buffer.from(text), { key: opened, dsaEncoding: 'ieee-p1363' }, bytes)
}

/** What two keys never share (RFC 7638). */
export function thumbprintOf(key: DeviceKey): string {
  const { crv, kty, x } = key
  const members = key.kty === 'EC' ? { crv, kty, x, y: key.y } : { crv, kty, x }
  return sha256(JSON.stringify(members)).toString('base64url')
}

function openKey(key: DeviceKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...key }, format: 'jwk' })
  } catch {
    return undefined
  }
}
