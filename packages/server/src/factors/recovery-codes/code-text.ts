import { base32crockford } from '@scure/base'
import type { Moment } from '../../kernel/moment.ts'

/** A new code of 80 random bits, as it is shown: `k7m2-q9xw-4tzd-81ab`. */
export function newCodeText({ random }: Pick<Moment, 'random'>): string {
  const text = base32crockford.encode(random(10)).toLowerCase()
  return text.replace(/.{4}(?=.)/g, '$&-')
}

/**
 * The 16 characters that a typed code stands for, so that every spelling of a code is one code: case does not count,
 * i and l are read as 1, and o as 0 (Crockford's base32; u is not in it). Undefined if it cannot be a recovery code.
 * Expects text without spaces and hyphens.
 */
export function parseCodeText(typed: string): string | undefined {
  // ASCII only, and before the change of case: the Kelvin sign must not become a k.
  if (!/^[0-9A-TV-Za-tv-z]{16}$/.test(typed)) return undefined
  return typed.toLowerCase().replace(/[il]/g, '1').replace(/o/g, '0')
}
