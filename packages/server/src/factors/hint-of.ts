import type { Diagnosis } from './factor.ts'

/**
 * A diagnosis in words for the person who is enrolling, and for nobody else: at a sign-in it would tell a thief that a code
 * was once right. Undefined when there is nothing to say.
 */
export function hintOf(diagnosis: Diagnosis | undefined): string | undefined {
  const fact = (name: string) => String(diagnosis?.[name])
  const settings = (whose: 'matches' | 'needs') =>
    `${fact(`${whose}_algorithm`).replace('sha', 'SHA-')} and ${fact(`${whose}_digits`)} digits`
  switch (diagnosis?.looks_like) {
    case 'clock_drift': {
      const seconds = Number(diagnosis['drift_seconds'])
      const off = `about ${Math.abs(seconds)} seconds ${seconds > 0 ? 'fast' : 'slow'}`
      return `The clock of the device is ${off}. Turn on automatic time on it and enter the code that it shows then.`
    }
    case 'other_settings':
      return `The app makes codes with ${settings('matches')}, this factor needs ${settings('needs')}. Change it in the app, or enrol again with the settings of the app.`
    case 'other_factor':
      return 'This is the code of another entry for the same account. Enter the code of the entry that was added last, and delete those that are left over.'
    case 'key_not_decoded':
      return 'The app used the letters of the key as they are. The key is base32 text (RFC 4648) and must be decoded first.'
    case 'counter_ahead':
      return `The token is ${fact('counter_ahead')} presses ahead. Enter two codes in a row, one after the other.`
    case 'used_before':
      return 'This code is an old one. Enter the code that is shown now.'
    case undefined:
      return undefined
  }
}
