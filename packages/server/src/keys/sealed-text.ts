import type { Home } from '../crypto/seal.ts'
import type { Moment } from '../kernel/moment.ts'
import type { Keyring } from './keyring.ts'

/** For a link or a cookie: what it says is kept nowhere else, nobody else can read it, and nobody else can make one. */
export function sealText(keys: Keyring, text: string, home: Home, moment: Pick<Moment, 'random'>): string {
  return keys.seal(text, home, moment).toString('base64url')
}

/** Undefined for what was not made here. */
export function openText(keys: Keyring, sealed: string | undefined, home: Home): string | undefined {
  if (sealed === undefined) return undefined
  try {
    return keys.open(Buffer.from(sealed, 'base64url'), home).toString('utf8')
  } catch {
    return undefined
  }
}
