import { createHmac } from 'node:crypto'

/** One entry in an authenticator app, as read from a QR code. */
export interface PhoneAccount {
  readonly issuer: string
  readonly label: string
  readonly key: Uint8Array
  readonly algorithm: 'SHA1' | 'SHA256' | 'SHA512'
  readonly digits: number
  /** Seconds for which the app shows one code. */
  readonly period: number
}

/** An authenticator app without a phone. It knows no clock: every code is asked for a time. */
export interface VirtualPhone {
  /**
   * Reads what the QR code of an enrolment holds.
   * @throws TypeError when the text is not a TOTP key URI
   */
  scan(otpauthUri: string): PhoneAccount
  /** The code that the app shows at this time. */
  code(account: PhoneAccount, at: Date): string
  /** The code for a value of the counter (RFC 4226). A time is nothing else: its step. */
  codeAt(account: Pick<PhoneAccount, 'key' | 'algorithm' | 'digits'>, counter: bigint): string
  /**
   * A code that this phone has not given before and that a server takes at this time: no test needs to wait 30 seconds
   * between enrolment and sign-in. A server that tolerates one step takes two of them in a step.
   * @throws RangeError for the third code of a step
   */
  nextCode(account: PhoneAccount, at: Date): string
}

/**
 * A phone with an authenticator app, for tests and demonstrations (RFC 6238). It shares no code with the server, so
 * that a mistake cannot hide by being made twice.
 *
 * ```ts
 * const phone = virtualPhone()
 * const account = phone.scan(enrollment.uri)
 * await activate({ code: phone.nextCode(account, new Date()) })
 * ```
 */
export function virtualPhone(): VirtualPhone {
  const lastGiven = new Map<PhoneAccount, number>()
  return {
    scan: readUri,
    code: (account, at) => codeOf(account, BigInt(stepAt(account, at))),
    codeAt: codeOf,
    nextCode(account, at) {
      const current = stepAt(account, at)
      const next = Math.max(current, (lastGiven.get(account) ?? -1) + 1)
      if (next > current + 1) throw new RangeError('Both codes of this step are used: move the clock by 30 seconds.')
      lastGiven.set(account, next)
      return codeOf(account, BigInt(next))
    },
  }
}

/** "Key URI Format" of Google Authenticator, as strict as a test wants it. */
function readUri(otpauthUri: string): PhoneAccount {
  const uri = new URL(otpauthUri)
  if (uri.protocol !== 'otpauth:' || uri.host !== 'totp') throw new TypeError('This is not an otpauth://totp link.')
  const path = decodeURIComponent(uri.pathname.slice(1))
  const colon = path.indexOf(':')
  const algorithm = uri.searchParams.get('algorithm') ?? 'SHA1'
  if (algorithm !== 'SHA1' && algorithm !== 'SHA256' && algorithm !== 'SHA512') {
    throw new TypeError(`An authenticator app does not know the algorithm ${algorithm}.`)
  }
  return {
    issuer: uri.searchParams.get('issuer') ?? path.slice(0, Math.max(colon, 0)),
    label: path.slice(colon + 1),
    key: readBase32(uri.searchParams.get('secret') ?? ''),
    algorithm,
    digits: Number(uri.searchParams.get('digits') ?? 6),
    period: Number(uri.searchParams.get('period') ?? 30),
  }
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648, section 6, without padding. */
export function writeBase32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/[01]{1,5}/g) ?? []).map((five) => letters[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}

/** RFC 4648, section 6. */
function readBase32(text: string): Uint8Array {
  const bits = Array.from(text, (letter) => {
    const value = letters.indexOf(letter)
    if (value === -1) throw new TypeError('The secret of this link is not base32.')
    return value.toString(2).padStart(5, '0')
  }).join('')
  const bytes = bits.match(/[01]{8}/g)
  if (!bytes) throw new TypeError('This link has no secret.')
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 2))
}

function stepAt(account: PhoneAccount, at: Date): number {
  return Math.floor(at.getTime() / (account.period * 1000))
}

/** RFC 4226, section 5.3. */
function codeOf(account: Pick<PhoneAccount, 'key' | 'algorithm' | 'digits'>, counter: bigint): string {
  const message = new DataView(new ArrayBuffer(8))
  message.setBigUint64(0, counter)
  const mac = createHmac(account.algorithm, account.key).update(message).digest()
  const [first = 0, second = 0, third = 0, fourth = 0] = mac.subarray(mac.readUInt8(mac.length - 1) % 16)
  const number = (first % 128) * 2 ** 24 + second * 2 ** 16 + third * 2 ** 8 + fourth
  return String(number).padStart(account.digits, '0').slice(-account.digits)
}
