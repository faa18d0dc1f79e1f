import type { KeyObject } from 'node:crypto'
import type { Moment } from '../kernel/moment.ts'
import { decryptAesGcm, encryptAesGcm, nonceBytes, tagBytes } from './aes-gcm.ts'

/**
 * Where a sealed value lives and what it is for. It opens under exactly these names: a value that was copied to another
 * row, column or tenant does not open there.
 */
export interface Home {
  readonly table: string
  readonly row: string
  readonly column: string
  readonly tenant: string
  readonly purpose: string
}

export interface SealingKey {
  /** 1 to 255 ASCII characters; stands in the sealed value. */
  readonly id: string
  /** 256 bits. Give it up long before 2^32 seals, the bound for random nonces (NIST SP 800-38D, section 8.3). */
  readonly key: KeyObject
}

const version = 1

/**
 * `plaintext` under AES-256-GCM: version (1 byte), length of the key id (1 byte), key id, nonce, ciphertext, tag.
 * @throws Error for a key id that could not be read back
 */
export function seal(
  key: SealingKey,
  plaintext: Uint8Array | string,
  home: Home,
  moment: Pick<Moment, 'random'>,
): Buffer {
  if (!/^[!-~]{1,255}$/.test(key.id)) throw new Error('The id of a sealing key is 1 to 255 visible ASCII characters.')
  const id = Buffer.from(key.id, 'latin1')
  const nonce = moment.random(nonceBytes)
  const box = encryptAesGcm(key.key, nonce, plaintext, associatedData(key.id, home))
  return Buffer.concat([Uint8Array.of(version, id.length), id, nonce, box])
}

/**
 * What was sealed for this home.
 * @throws Error, with the same text for every kind of damage, a foreign home and an unknown key
 */
export function open(keyFor: (id: string) => KeyObject | undefined, sealed: Uint8Array, home: Home): Buffer {
  try {
    const nonceAt = 2 + (sealed[1] ?? 0)
    const boxAt = nonceAt + nonceBytes
    const id = Buffer.from(sealed.subarray(2, nonceAt)).toString('latin1')
    const key = keyFor(id)
    if (sealed[0] !== version || sealed.length < boxAt + tagBytes || !key) throw new Error('not a sealed value of ours')
    return decryptAesGcm(key, sealed.subarray(nonceAt, boxAt), sealed.subarray(boxAt), associatedData(id, home))
  } catch (cause) {
    const place = `${home.table}.${home.column}`
    throw new Error(
      `A sealed value of ${place} does not open: it is damaged, was moved from another place, or its key is missing.`,
      { cause },
    )
  }
}

/** The id of the key that a value was sealed by, as the value says; undefined for what is no sealed value. */
export function keyIdIn(sealed: Uint8Array): string | undefined {
  const end = 2 + (sealed[1] ?? 0)
  if (sealed[0] !== version || sealed.length < end + nonceBytes + tagBytes) return undefined
  return Buffer.from(sealed.subarray(2, end)).toString('latin1')
}

/** JSON keeps the names apart, whatever they contain: no two homes have the same text. */
function associatedData(keyId: string, home: Home): Buffer {
  return Buffer.from(JSON.stringify([version, keyId, home.table, home.row, home.column, home.tenant, home.purpose]))
}
