import type { Moment } from './moment.ts'

/** Kinds of ids; the prefix says the kind, in the value and in the type. */
export type IdPrefix =
  | 'usr'
  | 'cli'
  | 'fac'
  | 'chl'
  | 'ses'
  | 'evt'
  | 'key'
  | 'req'
  | 'ten'
  | 'sec'
  | 'dev'
  | 'qst'
  | 'msg'
  | 'rec'
  | 'whe'
  | 'whd'
  | 'alr'
  | 'flw'
export type Id<P extends IdPrefix> = `${P}_${string}`
export type UserId = Id<'usr'>
export type ClientId = Id<'cli'>
export type FactorId = Id<'fac'>
export type ChallengeId = Id<'chl'>
export type SessionId = Id<'ses'>
export type TenantId = Id<'ten'>
export type SecretId = Id<'sec'>
export type MessageId = Id<'msg'>
export type EndpointId = Id<'whe'>
export type DeliveryId = Id<'whd'>

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * A new id: prefix, `_` and 26 characters of Crockford base32 (48 bits of milliseconds, 80 bits of chance), so that
 * ids made later sort later.
 */
export function newId<P extends IdPrefix>(prefix: P, moment: Moment): Id<P> {
  // Made at once of its characters: to add one to the other is a text for each of them.
  const text: number[] = []
  for (let time = moment.now.getTime(), i = 9; i >= 0; i--, time = Math.floor(time / 32)) {
    text[i] = alphabet.charCodeAt(time % 32)
  }
  let bits = 0
  let held = 0
  for (const byte of moment.random(10)) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text.push(alphabet.charCodeAt((held >> bits) & 31))
    }
  }
  return `${prefix}_${String.fromCharCode(...text)}`
}
