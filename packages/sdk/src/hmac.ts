import { encode } from './base64url.ts'

/** HMAC-SHA256 under one key, as base64url. */
export type Hmac = (text: string) => string | Promise<string>

/** Node's own HMAC where there is one, which answers at once; WebCrypto in every other runtime. */
export function hmacUnder(bytes: Uint8Array<ArrayBuffer>): Hmac {
  const node = globalThis.process?.getBuiltinModule?.('node:crypto')
  if (node) {
    const key = node.createSecretKey(bytes)
    return (text) => node.createHmac('sha256', key).update(text).digest('base64url')
  }
  return hmacByWebCrypto(bytes)
}

export function hmacByWebCrypto(bytes: Uint8Array<ArrayBuffer>): Hmac {
  const key = crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return async (text) => {
    const mac = await crypto.subtle.sign('HMAC', await key, new TextEncoder().encode(text))
    return encode(new Uint8Array(mac))
  }
}
