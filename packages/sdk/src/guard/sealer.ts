import { decode, encode } from '../base64url.ts'

/** Makes texts that nobody else can read or make, for cookies. */
export interface Sealer {
  seal(value: unknown, purpose: string): Promise<string>
  /** What was sealed for this purpose; undefined for everything else. */
  open(text: string, purpose: string): Promise<unknown>
}

const nonceBytes = 12

/** AES-256-GCM under a key made from the first secret (HKDF, RFC 5869); what was sealed under the others still opens. */
export function sealerOf(secrets: readonly string[]): Sealer {
  const keys = secrets.map(keyOf)
  return {
    async seal(value, purpose) {
      const key = await keys[0]
      if (!key) throw new TypeError('A sealer needs a secret.')
      const iv = crypto.getRandomValues(new Uint8Array(nonceBytes))
      const text = new TextEncoder().encode(JSON.stringify(value))
      const box = new Uint8Array(await crypto.subtle.encrypt(gcm(iv, purpose), key, text))
      return encode(Uint8Array.from([...iv, ...box]))
    },
    async open(text, purpose) {
      const sealed = decode(text)
      if (!sealed || sealed.length <= nonceBytes) return undefined
      for (const made of keys) {
        const box = gcm(sealed.slice(0, nonceBytes), purpose)
        const opened = await crypto.subtle.decrypt(box, await made, sealed.slice(nonceBytes)).catch(() => undefined)
        if (opened) return JSON.parse(new TextDecoder().decode(opened))
      }
      return undefined
    },
  }
}

function gcm(
  iv: Uint8Array<ArrayBuffer>,
  purpose: string,
): { name: string; iv: Uint8Array<ArrayBuffer>; additionalData: Uint8Array<ArrayBuffer> } {
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(purpose) }
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret)
  const material = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey'])
  const info = new TextEncoder().encode('gatehouse browser session')
  const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info }
  return crypto.subtle.deriveKey(how, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}
