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

/** What is looked for in place of a user who does not exist, so that it takes as long. Nobody is ever given it. */
export const nobodyId: UserId = `usr_${'0'.repeat(26)}`

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** The text of each ten bits: to put an id together of its characters takes twice as long. */
const pairs = Array.from({ length: 1024 }, (_, bits) => alphabet.charAt(bits >> 5) + alphabet.charAt(bits & 31))

/** Many ids are made in one millisecond. */
let latest = { time: 0, text: fiftyBits(0) }

/**
 * A new id: prefix, `_` and 26 characters of Crockford base32 (48 bits of milliseconds, 80 bits of chance), so that
 * ids made later sort later.
 */
export function newId<P extends IdPrefix>(prefix: P, { now, random }: Moment): Id<P> {
  const time = now.getTime()
  if (time !== latest.time) latest = { time, text: fiftyBits(time) }
  const chance = random(10)
  return `${prefix}_${latest.text}${fortyBits(chance, 0)}${fortyBits(chance, 5)}`
}

/**
 * Names requests: those of one millisecond share their chance and are counted by the last two characters, which takes a
 * tenth of the time. Whoever sees one can tell the next, so nothing else is named by it.
 */
export function requestIds(random: Moment['random']): (now: Date) => Id<'req'> {
  let time = Number.NaN
  let head = ''
  let count = 0
  return (now) => {
    if (now.getTime() !== time || count === pairs.length) {
      time = now.getTime()
      head = newId('req', { now, random }).slice(0, -2)
      count = 0
    }
    return `${head}${pair(count++)}` as Id<'req'>
  }
}

function fiftyBits(time: number): string {
  const high = Math.floor(time / 2 ** 20)
  const low = time % 2 ** 20
  return pair(high >> 20) + pair(high >> 10) + pair(high) + pair(low >> 10) + pair(low)
}

function fortyBits(bytes: Uint8Array, at: number): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3], bytes[at + 4]]
  return pair((a << 2) | (b >> 6)) + pair((b << 4) | (c >> 4)) + pair((c << 6) | (d >> 2)) + pair((d << 8) | e)
}

function pair(bits: number): string {
  return pairs[bits & 1023] as string
}
