import { base32crockford } from '@scure/base'
import { sha256 } from '../../crypto/sha256.ts'
import type { Moment } from '../../kernel/moment.ts'

/** A new code of 60 random bits, as it is shown: `K7M2-Q9XW-4TZD`. */
export function newPairingCode({ random }: Pick<Moment, 'random'>): string {
  const text = base32crockford.encode(random(8)).slice(0, 12)
  return text.replace(/.{4}(?=.)/g, '$&-')
}

/**
 * What the enrolment of a code is found by; undefined for what cannot be a code. Every spelling of a code is one: spaces,
 * hyphens and case do not count, i and l are 1, o is 0.
 */
export function handleOfCode(typed: string): string | undefined {
  const plain = typed.replace(/[\s-]/g, '')
  // ASCII only, and before the change of case: the Kelvin sign must not become a k.
  if (!/^[0-9A-TV-Za-tv-z]{12}$/.test(plain)) return undefined
  const code = plain.toUpperCase().replace(/[IL]/g, '1').replace(/O/g, '0')
  return `pairing ${sha256(code).toString('base64url')}`
}
