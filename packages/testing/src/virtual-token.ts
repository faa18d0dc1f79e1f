import { randomBytes } from 'node:crypto'
import { type PhoneAccount, virtualPhone, writeBase32 } from './virtual-phone.ts'

/** What stands in the delivery note of a token; all of it has a default. */
export interface VirtualTokenOptions {
  /** The seed: 20 random bytes unless given. */
  readonly key?: Uint8Array | undefined
  readonly algorithm?: PhoneAccount['algorithm'] | undefined
  readonly digits?: 6 | 8 | undefined
  /** How often its button was pressed before: 0 unless given. */
  readonly pressed?: bigint | undefined
}

/** A token with a button, without the token. */
export interface VirtualToken {
  /** The seed as base32, as an enrolment takes it. */
  readonly secret: string
  /** The code of the next press (RFC 4226); with a number, that of the last of so many presses. */
  press(times?: number): string
}

/**
 * A token that shows the next code at each press, for tests. It shares no code with the server, so that a mistake cannot
 * hide by being made twice.
 *
 * ```ts
 * const token = virtualToken()
 * const { factor } = await gatehouse.users.factors.enroll({ id, type: 'hotp', secret: token.secret })
 * await gatehouse.factors.activate({ id: factor.id, code: token.press() })
 * ```
 */
export function virtualToken(made: VirtualTokenOptions = {}): VirtualToken {
  const { key = randomBytes(20), algorithm = 'SHA1', digits = 6, pressed = 0n } = made
  const phone = virtualPhone()
  let next = pressed
  return {
    secret: writeBase32(key),
    press(times = 1) {
      next += BigInt(times)
      return phone.codeAt({ key, algorithm, digits }, next - 1n)
    },
  }
}
