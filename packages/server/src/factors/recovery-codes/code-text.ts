import { base32crockford } from '@scure/base'
import type { Moment } from '../../kernel/moment.ts'

/** A recovery code has 80 bits. */
const usualBytes = 10

/** A new random code of a multiple of five bytes, as it is shown: `k7m2-q9xw-4tzd-81ab`. */
export function newCodeText({ random }: Pick<Moment, 'random'>, bytes = usualBytes): string {
  const text = base32crockford.encode(random(bytes)).toLowerCase()
  return text.replace(/.{4}(?=.)/g, '$&-')
}

/**
 * The characters that a typed code stands for, so that every spelling of a code is one code: case does not count, i and l
 * are read as 1, and o as 0 (Crockford's base32; u is not in it). Undefined if it cannot be a code of so many bytes.
 * Expects text without spaces and hyphens.
 */
export function parseCodeText(typed: string, bytes = usualBytes): string | undefined {
  // ASCII only, and before the change of case: the Kelvin sign must not become a k.
  if (typed.length !== (bytes * 8) / 5 || !/^[0-9A-TV-Za-tv-z]+$/.test(typed)) return undefined
  return typed.toLowerCase().replace(/[il]/g, '1').replace(/o/g, '0')
}
