import type { Language } from '@gatehouse/contract/messages'

const factorWords: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  en: {
    totp: 'an authenticator app',
    hotp: 'a hardware token',
    webauthn: 'a passkey or security key',
    sms: 'codes by SMS',
    email: 'codes by mail',
    push: 'approval on a device',
    recovery_codes: 'recovery codes',
    access_pass: 'an access pass',
    other: 'another way',
  },
  de: {
    totp: 'eine Authenticator-App',
    hotp: 'ein Hardware-Token',
    webauthn: 'ein Passkey oder Sicherheitsschlüssel',
    sms: 'Codes per SMS',
    email: 'Codes per Mail',
    push: 'Bestätigung auf einem Gerät',
    recovery_codes: 'Wiederherstellungscodes',
    access_pass: 'ein Zugangspass',
    other: 'ein anderer Weg',
  },
}

/** What a type of factor is called. */
export function nameFactor(type: string, language: Language): string {
  const words = factorWords[language]
  return (Object.hasOwn(words, type) ? words[type] : undefined) ?? words['other'] ?? ''
}

const programs: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bChrome\/|\bCriOS\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b|\biPad\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]
const unknown: Readonly<Record<Language, string>> = {
  en: 'a program that we do not know',
  de: 'einem Programm, das wir nicht kennen',
}
const on: Readonly<Record<Language, string>> = { en: 'on', de: 'auf' }

/**
 * Program and system that a User-Agent names, without versions. Its own words are not repeated: whoever sends it chooses
 * them.
 */
export function nameAgent(userAgent: string, language: Language): string {
  const find = (list: typeof programs) => list.find(([pattern]) => pattern.test(userAgent))?.[1]
  const [program, system] = [find(programs), find(systems)]
  if (!program) return unknown[language]
  return system ? `${program} ${on[language]} ${system}` : program
}

/** A time in the words of the language, always in UTC: nobody knows where the reader is. */
export function nameTime(at: string, language: Language): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  return `${format.format(new Date(at))} UTC`
}
