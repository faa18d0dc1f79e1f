import { createDecipheriv, createHmac, pbkdf2Sync } from 'node:crypto'
import { equal } from '../crypto/equal.ts'
import { type Element, findElement } from './read-xml.ts'

/** What opens an encrypted file: a key that was agreed upon (AES of 128, 192 or 256 bits), or a password. */
export interface FileKey {
  readonly preSharedKey?: Uint8Array | undefined
  readonly password?: string | undefined
}

/** Opens a value of the file. @throws Error, in words for whoever imports it */
export type OpenValue = (data: Element) => Uint8Array

const cipherForm = /^http:\/\/www\.w3\.org\/2001\/04\/xmlenc#aes(128|192|256)-cbc$/
const macs: Readonly<Record<string, string>> = {
  'http://www.w3.org/2000/09/xmldsig#hmac-sha1': 'sha1',
  'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256': 'sha256',
  'http://www.w3.org/2001/04/xmldsig-more#hmac-sha512': 'sha512',
}
const prfs: Readonly<Record<string, string>> = { ...macs, 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha1': 'sha1' }
const mostIterations = 2_000_000

/**
 * How values of this container are opened (RFC 6030, section 6). An encrypted value needs its MAC, which is checked before
 * anything is decrypted: CBC alone would let the file be changed.
 * @throws Error, in words for whoever imports it
 */
export function openPskcValues(container: Element, given: FileKey): OpenValue {
  const keyElement = findElement(container, 'EncryptionKey')
  const method = findElement(container, 'MACMethod')
  const key = keyElement && findKey(keyElement, given)
  const hash = method && macs[method.attributes['Algorithm'] ?? '']
  const wrapped = findElement(method, 'MACKey')
  const macKey = key && (wrapped ? decrypt(key, wrapped) : key)

  return (data) => {
    const plain = findElement(data, 'PlainValue')
    if (plain) return decodeBase64(plain.text)
    const encrypted = findElement(data, 'EncryptedValue')
    if (!encrypted) throw new Error('it has neither a plain nor an encrypted value')
    if (!key || !macKey) throw new Error('it is encrypted, and the file does not say with which key')
    if (!hash) throw new Error('it is encrypted without a MAC that we know')
    const mac = createHmac(hash, macKey).update(cipherText(encrypted)).digest()
    if (!equal(mac, decodeBase64(findElement(data, 'ValueMAC')?.text ?? ''))) {
      throw new Error('it was changed, or the key or password is not that of the file')
    }
    return decrypt(key, encrypted)
  }
}

function findKey(element: Element, { preSharedKey, password }: FileKey): Uint8Array {
  const derived = findElement(element, 'DerivedKey', 'KeyDerivationMethod')
  if (!derived) {
    if (!preSharedKey) throw new Error('The file is encrypted: give the key that was agreed upon.')
    return preSharedKey
  }
  if (password === undefined) throw new Error('The file is encrypted: give its password.')
  const parameters = derived.children.find(({ name }) => name === 'PBKDF2-params')
  const salt = findElement(parameters, 'Salt', 'Specified')
  const iterations = Number(findElement(parameters, 'IterationCount')?.text)
  const bytes = Number(findElement(parameters, 'KeyLength')?.text ?? 16)
  const prf = findElement(parameters, 'PRF')?.attributes['Algorithm']
  const hash = prf === undefined ? 'sha1' : prfs[prf]
  const isSound = salt && hash && Number.isInteger(iterations) && iterations > 0 && iterations <= mostIterations
  if (!isSound || ![16, 24, 32].includes(bytes))
    throw new Error('The file derives its key in a way that we do not know.')
  return pbkdf2Sync(password, decodeBase64(salt.text), iterations, bytes, hash)
}

function cipherText(element: Element): Uint8Array {
  return decodeBase64(findElement(element, 'CipherData', 'CipherValue')?.text ?? '')
}

/** AES-CBC of XML Encryption (section 5.2.2): the first block is the initialisation vector, the last byte counts the padding. */
function decrypt(key: Uint8Array, element: Element): Uint8Array {
  const bits = cipherForm.exec(findElement(element, 'EncryptionMethod')?.attributes['Algorithm'] ?? '')?.[1]
  const bytes = cipherText(element)
  if (bits === undefined || bytes.length < 32 || bytes.length % 16 !== 0) {
    throw new Error('it is encrypted in a way that we do not know')
  }
  if (key.length * 8 !== Number(bits)) throw new Error(`it needs a key of ${bits} bits`)
  const decipher = createDecipheriv(`aes-${bits}-cbc`, key, bytes.subarray(0, 16)).setAutoPadding(false)
  const padded = Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()])
  const padding = padded.at(-1) ?? 0
  if (padding < 1 || padding > 16) throw new Error('the key or password is not that of the file')
  return padded.subarray(0, -padding)
}

function decodeBase64(text: string): Uint8Array {
  return Buffer.from(text.replace(/\s/g, ''), 'base64')
}
