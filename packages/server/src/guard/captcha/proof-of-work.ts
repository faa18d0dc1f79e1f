import { pbkdf2Sync } from 'node:crypto'
import { z } from 'zod'
import { equal } from '../../crypto/equal.ts'
import type { Mac } from '../../crypto/hmac-sha256.ts'
import type { Moment } from '../../kernel/moment.ts'

/**
 * What the work is for. A solution is good for the same words only.
 */
export interface WorkPurpose {
  readonly purpose: 'login'
  readonly tenantId: string
  readonly clientId: string
}

/** How hard it is: a try is PBKDF2-HMAC-SHA256 of so many iterations, and one in 2^bits tries succeeds. */
export interface WorkTerms {
  readonly bits: number
  readonly iterations: number
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/** Native code in every browser runs a thousand iterations in well under a millisecond; so does our check. */
const iterations = 1000
const prefix = 'pow1'
const Payload = z.tuple([z.string(), z.string(), z.string(), z.string(), z.int(), z.int(), z.int()])

/** A challenge that nobody could know before: its random part and our signature are in the salt of the work. */
export function issueWork(
  mac: Mac,
  { purpose, tenantId, clientId }: WorkPurpose,
  { bits, lifeMs }: { readonly bits: number; readonly lifeMs: number },
  moment: Moment,
): { readonly challenge: string } & WorkTerms {
  const terms = { bits, iterations, expiresAt: moment.now.getTime() + lifeMs }
  const nonce = Buffer.from(moment.random(16)).toString('base64url')
  const payload = [purpose, tenantId, clientId, nonce, terms.bits, terms.iterations, terms.expiresAt]
  const signed = `${prefix}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`
  return { challenge: `${signed}.${signatureOf(mac, signed)}`, ...terms }
}

/** A challenge of ours that is still good, with the solution that came with it. */
export interface OpenWork extends WorkTerms {
  readonly challenge: string
  readonly counter: string
}

/**
 * Reads `challenge.counter` and checks everything but the work itself, which costs more: signature, purpose and time.
 * The terms are those that we signed, whatever else the answer says.
 */
export function openWork(mac: Mac, token: string, wanted: WorkPurpose, now: Date): OpenWork | undefined {
  const [, signed = '', signature = '', counter = ''] =
    /^(pow1\.[A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})\.(0|[1-9][0-9]{0,14})$/.exec(token) ?? []
  if (!equal(signature, signatureOf(mac, signed))) return undefined
  const payload = Payload.parse(JSON.parse(Buffer.from(signed.slice(prefix.length + 1), 'base64url').toString()))
  const [purpose, tenantId, clientId, , bits, rounds, expiresAt] = payload
  const isMeant = purpose === wanted.purpose && tenantId === wanted.tenantId && clientId === wanted.clientId
  if (!isMeant || expiresAt <= now.getTime()) return undefined
  return { challenge: `${signed}.${signature}`, counter, bits, iterations: rounds, expiresAt }
}

/** Whether the work was done: PBKDF2 of the counter, salted with the whole challenge, begins with `bits` zeros. */
export function isWorkDone({ challenge, counter, bits, iterations: rounds }: OpenWork): boolean {
  const derived = pbkdf2Sync(counter, challenge, rounds, 32, 'sha256')
  return derived.readUInt32BE(0) < 2 ** (32 - bits)
}

function signatureOf(mac: Mac, signed: string): string {
  return mac(signed).toString('base64url')
}
