import type { Policy } from '@gatehouse/contract/policy'
import type { CommonPasswords } from './common-passwords.ts'
import { normalizePassword } from './normalize-password.ts'

/** What a new password is held against. */
export interface PasswordRules {
  /** True while the user has no second factor: the password has to carry more (NIST SP 800-63B-4, section 3.1.1). */
  readonly standsAlone: boolean
  /** The numbers of POLICY passwords. */
  readonly policy: Pick<Policy, 'passwordCharacters' | 'passwordCharactersAlone' | 'passwordLongest'>
  readonly common: CommonPasswords
  readonly email: string | null
  readonly name: string | null
  /** What people call the service and the application: the words they would put into a password for it. */
  readonly serviceNames: readonly string[]
}

export interface PasswordProblem {
  readonly reason: 'too_short' | 'too_long' | 'malformed' | 'common' | 'contains_name'
  /** For the person. It never repeats the password. */
  readonly detail: string
}

/** Shorter words are in too many good passwords by chance. */
const shortestWord = 4

/**
 * What is wrong with a new password, or undefined. Length is the only rule of form (NIST SP 800-63B-4, section 3.1.1):
 * every character is allowed, also at the ends. Characters are Unicode code points of the normal form.
 */
export function checkPassword(password: string, rules: PasswordRules): PasswordProblem | undefined {
  if (!password.isWellFormed()) return { reason: 'malformed', detail: 'The password is not valid Unicode text.' }
  const normal = normalizePassword(password)
  const length = [...normal].length
  const { passwordCharacters, passwordCharactersAlone, passwordLongest: longest } = rules.policy
  const least = rules.standsAlone ? Math.max(passwordCharactersAlone, passwordCharacters) : passwordCharacters
  if (length < least) return { reason: 'too_short', detail: `The password needs at least ${least} characters.` }
  if (length > longest) return { reason: 'too_long', detail: `The password can have at most ${longest} characters.` }
  if (rules.common.has(normal.toLowerCase())) {
    return { reason: 'common', detail: 'The password is one of those that are used most and guessed first.' }
  }
  const squeezed = squeeze(normal)
  if (personalWords(rules).some((word) => squeezed.includes(word))) {
    return {
      reason: 'contains_name',
      detail: 'The password contains the name or address of its owner, or the name of the service.',
    }
  }
  return undefined
}

function personalWords({ email: address, name, serviceNames }: PasswordRules): readonly string[] {
  const email = address ?? ''
  const localPart = email.slice(0, Math.max(0, email.lastIndexOf('@')))
  const names = name ? [name, ...name.split(/\s+/)] : []
  const words = [email, localPart, localPart.split('+', 1)[0] ?? '', ...names, ...serviceNames].map(squeeze)
  return words.filter((word) => [...word].length >= shortestWord)
}

/** `Ada Lovelace` is found in `adalovelace`, and the other way round. */
function squeeze(text: string): string {
  return normalizePassword(text).toLowerCase().replaceAll(/\s+/g, '')
}
