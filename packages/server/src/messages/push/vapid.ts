import { createSecretKey, sign } from 'node:crypto'
import { hkdf } from '../../crypto/hkdf.ts'
import { p256KeyOf, p256SeedBytes } from '../../crypto/p256.ts'
import { hourMs, secondMs } from '../../kernel/durations.ts'

/** Who we are to push services (RFC 8292). */
export interface Vapid {
  /** What a browser binds its subscription to: 65 bytes, base64url. */
  readonly publicKey: string
  /** The value of `Authorization` for a push service, by its origin. */
  authorize(origin: string, now: Date): string
}

/** A token is good for this long, a day at most (RFC 8292, section 2): the clock of a push service may be off. */
const lifeMs = 12 * hourMs

/** Ours, from its sealed seed. `contact` is a mailto: or https: address where push services find us. */
export function vapidOf(seed: Uint8Array, contact: string | undefined): Vapid {
  const { publicKey, signer } = p256KeyOf(hkdf(createSecretKey(seed), { info: 'vapid', bytes: p256SeedBytes }))
  const shown = publicKey.toString('base64url')
  const head = base64url({ typ: 'JWT', alg: 'ES256' })
  return {
    publicKey: shown,
    authorize(origin, now) {
      const exp = Math.floor((now.getTime() + lifeMs) / secondMs)
      const signed = `${head}.${base64url({ aud: origin, exp, sub: contact })}`
      const signature = sign('sha256', Buffer.from(signed), { key: signer, dsaEncoding: 'ieee-p1363' })
      return `vapid t=${signed}.${signature.toString('base64url')}, k=${shown}`
    },
  }
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
