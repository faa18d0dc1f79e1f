import type { ProblemCode } from '@gatehouse/contract/problems'
import type { Fault } from '../kernel/fault.ts'
import type { Step } from './flow.ts'

/** What the pages of a sign-in say. */
const en = {
  error: 'Error',
  help: 'Help',
  continue: 'Continue',
  back: 'Back',
  email_title: 'Sign in',
  email: 'E-mail address',
  email_wrong: 'Enter your e-mail address, like name@example.org.',
  use_passkey: 'Use a passkey',
  passkey_asks: 'Your device asks you now.',
  passkey_failed: 'Nothing was changed. Try again, or use another way.',
  passkey_missing: 'This browser has no passkeys.',
  passkey_script: 'Passkeys need JavaScript.',
  cancel: 'Back to {app}',
  password_title: 'Enter your password',
  signed_in_as: 'Signing in as {email}.',
  not_you: 'Not you?',
  password: 'Password',
  show: 'Show password',
  hide: 'Hide password',
  sign_in: 'Sign in',
  forgot: 'Forgot your password?',
  forgot_title: 'Set a new password',
  forgot_hint: 'We send a link to {email}. The link is good for an hour.',
  forgot_send: 'Send the link',
  forgot_done_title: 'Look into your mail',
  forgot_done:
    'If there is an account for {email}, a link is on its way. Open it, choose a new password, then sign in again.',
  register: 'Make an account',
  register_title: 'Make an account',
  register_hint: 'We send a link to your address. It opens a page where you choose a password.',
  register_done:
    'A mail is on its way to {email}. Open its link, choose a password, then come back and sign in. If you have an account already, the mail says so.',
  work: 'This takes a few seconds. It keeps programs from guessing passwords.',
  worked: 'Done. Enter your password.',
  work_script: 'This step needs JavaScript.',
  code_title: 'Enter your code',
  confirm_title: 'Confirm that it is you',
  code: 'Code',
  verify: 'Verify',
  hint_totp: 'The 6 digits that your authenticator app shows now. Spaces are fine.',
  hint_hotp: 'The digits that your token shows when you press its button.',
  hint_sms: 'We have sent a text message to {to}.',
  hint_email: 'We have sent a mail to {to}.',
  hint_recovery_codes: 'One of the ten codes that you have kept. Hyphens and case do not matter.',
  hint_access_pass: 'The code that you were given to get back in.',
  hint_webauthn: 'Use the passkey or the security key of this account.',
  push_title: 'Approve on your device',
  push_hint: 'Type this number on your device. Then continue here.',
  push_done: 'I have approved it',
  resend: 'Send another code',
  resend_wait: 'You can ask for another code in {n} seconds.',
  remember: 'Do not ask again on this device for {hours} hours',
  another: 'Try another way',
  ways_title: 'Choose another way',
  way_webauthn: 'Passkey or security key',
  way_totp: 'Authenticator app',
  way_hotp: 'Token with a button',
  way_push: 'Approve on a device',
  way_sms: 'Text message',
  way_email: 'Mail',
  way_recovery_codes: 'Recovery code',
  way_access_pass: 'Code from the people who run this service',
  none: 'I have none of these',
  lost_title: 'You have lost everything',
  lost: 'Ask for a way back in. There is a waiting time of {hours} hours, in which a mail can stop it. Then a mail brings you a code.',
  lost_ask: 'Ask for help',
  lost_done_title: 'Your request is waiting',
  lost_done:
    'We have written to your addresses. If nobody stops it, a code comes by mail on {time}. Sign in then and choose "{way}".',
  enroll_title: 'Secure your account',
  enroll_why: 'This account needs a second way to sign in. Choose one.',
  enroll_recovered: 'You came in by a recovery code. Set up a new way to sign in now.',
  enroll_webauthn: 'Passkey (recommended)',
  enroll_totp: 'Authenticator app',
  enroll_set_up: 'Set up',
  app_title: 'Set up your authenticator app',
  app_scan: 'Scan this picture with your app.',
  app_open: 'Open in the app on this device',
  app_key: 'Can you not scan it? Enter this key',
  copy: 'Copy',
  copied: 'Copied',
  app_code: 'The 6 digits that the app shows',
  confirm: 'Confirm',
  passkey_title: 'Set up a passkey',
  passkey_hint: 'Your device will ask for your finger, your face or its PIN. Nothing of that leaves the device.',
  passkey_make: 'Make the passkey',
  codes_title: 'Save your recovery codes',
  codes_hint: 'Each of them lets you in once, when you have lost everything else. They are not shown again.',
  download: 'Download',
  print: 'Print',
  codes_typed: 'Copy, download or print them; or type one of them here',
  codes_save: 'Save your codes first: copy, download or print them, or type one of them.',
  codes_type: 'Type one of them here, so that the new codes take the place of the old ones. It is used up by that.',
  trouble_title: 'Something did not work',
  trouble: 'Go back to the application and try again. If it stays, tell the people who run it this number: {id}.',
  over_title: 'This page is over',
  over: 'The sign-in took too long, was finished, or was begun in another browser. Go back to the application and sign in again.',
  expired: 'The sign-in took too long or was finished. Sign in again.',
  wait: 'Too many attempts. Try again in {minutes} minutes.',
  wait_one: 'Too many attempts. Try again in a minute.',
  not_now: 'This does not work just now. Try another way.',
  problem_invalid_credentials: 'The e-mail address or the password is not right.',
  problem_mfa_code_invalid:
    'That code is not right. Codes change every 30 seconds. If it keeps failing, turn on automatic time on your phone.',
  problem_sent_code_invalid: 'That code is not right. Use the newest one, or ask for another.',
  problem_totp_code_reused: 'This code has been used. Wait for the next one.',
  problem_recovery_code_used: 'This recovery code has been used. Take another one.',
  problem_approval_pending: 'Nobody has approved it yet.',
  problem_recovery_unavailable:
    'After a new password from a mail, a mail is not enough to get in. Ask the people who run this service.',
  problem_captcha_required: 'One more step before the password is looked at.',
} as const

export type Words = Readonly<Record<keyof typeof en, string>>

const de: Words = {
  error: 'Fehler',
  help: 'Hilfe',
  continue: 'Weiter',
  back: 'Zurück',
  email_title: 'Anmelden',
  email: 'E-Mail-Adresse',
  email_wrong: 'Geben Sie Ihre E-Mail-Adresse ein, etwa name@example.org.',
  use_passkey: 'Passkey benutzen',
  passkey_asks: 'Ihr Gerät fragt Sie jetzt.',
  passkey_failed: 'Es wurde nichts geändert. Versuchen Sie es noch einmal oder anders.',
  passkey_missing: 'Dieser Browser hat keine Passkeys.',
  passkey_script: 'Passkeys brauchen JavaScript.',
  cancel: 'Zurück zu {app}',
  password_title: 'Geben Sie Ihr Passwort ein',
  signed_in_as: 'Anmeldung als {email}.',
  not_you: 'Nicht Sie?',
  password: 'Passwort',
  show: 'Passwort zeigen',
  hide: 'Passwort verbergen',
  sign_in: 'Anmelden',
  forgot: 'Passwort vergessen?',
  forgot_title: 'Neues Passwort setzen',
  forgot_hint: 'Wir schicken einen Link an {email}. Er gilt eine Stunde.',
  forgot_send: 'Link schicken',
  forgot_done_title: 'Sehen Sie in Ihre E-Mails',
  forgot_done:
    'Wenn es ein Konto für {email} gibt, ist ein Link unterwegs. Öffnen Sie ihn, wählen Sie ein neues Passwort und melden Sie sich noch einmal an.',
  register: 'Konto anlegen',
  register_title: 'Konto anlegen',
  register_hint: 'Wir schicken einen Link an Ihre Adresse. Er führt zu einer Seite, auf der Sie ein Passwort wählen.',
  register_done:
    'Eine Mail an {email} ist unterwegs. Öffnen Sie den Link darin, wählen Sie ein Passwort und melden Sie sich dann hier an. Wenn Sie schon ein Konto haben, steht das in der Mail.',
  work: 'Das dauert einige Sekunden. Es hält Programme davon ab, Passwörter zu raten.',
  worked: 'Fertig. Geben Sie Ihr Passwort ein.',
  work_script: 'Dieser Schritt braucht JavaScript.',
  code_title: 'Geben Sie Ihren Code ein',
  confirm_title: 'Bestätigen Sie, dass Sie es sind',
  code: 'Code',
  verify: 'Prüfen',
  hint_totp: 'Die 6 Ziffern, die Ihre Authenticator-App jetzt zeigt. Leerzeichen stören nicht.',
  hint_hotp: 'Die Ziffern, die Ihr Token auf Knopfdruck zeigt.',
  hint_sms: 'Wir haben eine SMS an {to} geschickt.',
  hint_email: 'Wir haben eine E-Mail an {to} geschickt.',
  hint_recovery_codes:
    'Einer der zehn Codes, die Sie aufbewahrt haben. Bindestriche und Groß- und Kleinschreibung sind gleich.',
  hint_access_pass: 'Der Code, den Sie bekommen haben, um wieder hineinzukommen.',
  hint_webauthn: 'Benutzen Sie den Passkey oder den Sicherheitsschlüssel dieses Kontos.',
  push_title: 'Bestätigen Sie auf Ihrem Gerät',
  push_hint: 'Tippen Sie diese Zahl auf Ihrem Gerät ein. Dann geht es hier weiter.',
  push_done: 'Ich habe es bestätigt',
  resend: 'Noch einen Code schicken',
  resend_wait: 'In {n} Sekunden können Sie noch einen Code anfordern.',
  remember: 'Auf diesem Gerät {hours} Stunden lang nicht mehr fragen',
  another: 'Anders versuchen',
  ways_title: 'Wählen Sie einen anderen Weg',
  way_webauthn: 'Passkey oder Sicherheitsschlüssel',
  way_totp: 'Authenticator-App',
  way_hotp: 'Token mit Knopf',
  way_push: 'Auf einem Gerät bestätigen',
  way_sms: 'SMS',
  way_email: 'E-Mail',
  way_recovery_codes: 'Wiederherstellungscode',
  way_access_pass: 'Code von den Betreibern dieses Dienstes',
  none: 'Ich habe nichts davon',
  lost_title: 'Sie haben alles verloren',
  lost: 'Bitten Sie um einen Weg zurück. Es gibt eine Wartezeit von {hours} Stunden, in der eine E-Mail ihn aufhalten kann. Dann kommt ein Code per E-Mail.',
  lost_ask: 'Um Hilfe bitten',
  lost_done_title: 'Ihre Bitte wartet',
  lost_done:
    'Wir haben an Ihre Adressen geschrieben. Wenn niemand es aufhält, kommt am {time} ein Code per E-Mail. Melden Sie sich dann an und wählen Sie „{way}“.',
  enroll_title: 'Sichern Sie Ihr Konto',
  enroll_why: 'Dieses Konto braucht einen zweiten Weg zur Anmeldung. Wählen Sie einen.',
  enroll_recovered:
    'Sie sind mit einem Wiederherstellungscode hereingekommen. Richten Sie jetzt einen neuen Weg zur Anmeldung ein.',
  enroll_webauthn: 'Passkey (empfohlen)',
  enroll_totp: 'Authenticator-App',
  enroll_set_up: 'Einrichten',
  app_title: 'Richten Sie Ihre Authenticator-App ein',
  app_scan: 'Scannen Sie dieses Bild mit Ihrer App.',
  app_open: 'In der App auf diesem Gerät öffnen',
  app_key: 'Geht das Scannen nicht? Geben Sie diesen Schlüssel ein',
  copy: 'Kopieren',
  copied: 'Kopiert',
  app_code: 'Die 6 Ziffern, die die App zeigt',
  confirm: 'Bestätigen',
  passkey_title: 'Richten Sie einen Passkey ein',
  passkey_hint: 'Ihr Gerät fragt nach Finger, Gesicht oder PIN. Nichts davon verlässt das Gerät.',
  passkey_make: 'Passkey anlegen',
  codes_title: 'Bewahren Sie Ihre Wiederherstellungscodes auf',
  codes_hint:
    'Jeder lässt Sie einmal hinein, wenn Sie alles andere verloren haben. Sie werden nicht noch einmal gezeigt.',
  download: 'Herunterladen',
  print: 'Drucken',
  codes_typed: 'Kopieren, herunterladen oder drucken Sie sie; oder tippen Sie hier einen davon ein',
  codes_save: 'Bewahren Sie zuerst Ihre Codes auf: kopieren, herunterladen oder drucken, oder einen davon eintippen.',
  codes_type:
    'Tippen Sie einen davon hier ein, damit die neuen Codes an die Stelle der alten treten. Er ist damit verbraucht.',
  trouble_title: 'Etwas hat nicht geklappt',
  trouble:
    'Gehen Sie zur Anwendung zurück und versuchen Sie es noch einmal. Wenn es so bleibt, nennen Sie den Betreibern diese Nummer: {id}.',
  over_title: 'Diese Seite ist vorbei',
  over: 'Die Anmeldung hat zu lange gedauert, ist fertig oder hat in einem anderen Browser begonnen. Gehen Sie zur Anwendung zurück und melden Sie sich noch einmal an.',
  expired: 'Die Anmeldung hat zu lange gedauert oder ist fertig. Melden Sie sich noch einmal an.',
  wait: 'Zu viele Versuche. In {minutes} Minuten können Sie es wieder versuchen.',
  wait_one: 'Zu viele Versuche. In einer Minute können Sie es wieder versuchen.',
  not_now: 'Das geht gerade nicht. Versuchen Sie einen anderen Weg.',
  problem_invalid_credentials: 'Die E-Mail-Adresse oder das Passwort stimmt nicht.',
  problem_mfa_code_invalid:
    'Dieser Code stimmt nicht. Codes wechseln alle 30 Sekunden. Wenn es dabei bleibt, stellen Sie am Telefon die automatische Uhrzeit ein.',
  problem_sent_code_invalid: 'Dieser Code stimmt nicht. Nehmen Sie den neuesten oder fordern Sie noch einen an.',
  problem_totp_code_reused: 'Dieser Code ist verbraucht. Warten Sie auf den nächsten.',
  problem_recovery_code_used: 'Dieser Wiederherstellungscode ist verbraucht. Nehmen Sie einen anderen.',
  problem_approval_pending: 'Noch hat es niemand bestätigt.',
  problem_recovery_unavailable:
    'Nach einem neuen Passwort aus einer E-Mail genügt eine E-Mail nicht. Bitten Sie die Betreiber dieses Dienstes.',
  problem_captcha_required: 'Noch ein Schritt, bevor das Passwort geprüft wird.',
}

export interface Language {
  readonly lang: 'en' | 'de'
  readonly words: Words
}

/** The first language of the reader (RFC 9110, section 12.5.4) that we have; weights are rarely anything but the order. */
export function languageOf(accepted: string | undefined): Language {
  const tags = (accepted ?? '').slice(0, 200).toLowerCase().split(',')
  const known = tags.map((tag) => tag.trim().slice(0, 2)).find((tag) => tag === 'en' || tag === 'de')
  return known === 'de' ? { lang: 'de', words: de } : { lang: 'en', words: en }
}

/** Puts values into the places of a sentence. */
export function say(sentence: string, values: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{([a-z]+)\}/g, (place, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : place,
  )
}

/** What was wrong with what they have sent from this page, for the person; undefined for what is not theirs to put right. */
export function sayWrong(words: Words, { code, options }: Fault, step: Step): string | undefined {
  const { at } = step
  if (code === 'invalid_request' && at === 'email') return words.email_wrong
  if (code === 'invalid_request' && at === 'password') return words.problem_invalid_credentials
  if (code === 'invalid_request' && at === 'codes') return step.setId ? words.codes_type : words.codes_save
  if (code === 'mfa_code_invalid' && at === 'code' && step.sentTo !== undefined) return words.problem_sent_code_invalid
  if (code === 'too_many_attempts' || code === 'rate_limited' || code === 'push_limited') {
    const minutes = Math.ceil((options.retryAfterSeconds ?? 60) / 60)
    return minutes <= 1 ? words.wait_one : say(words.wait, { minutes })
  }
  const key = `problem_${code}`
  if (Object.hasOwn(words, key)) return words[key as keyof Words]
  const unable: readonly ProblemCode[] = [
    'channel_not_configured',
    'registration_closed',
    'country_not_served',
    'push_stopped',
    'passkeys_unavailable',
    'factor_required',
    'invalid_request',
    'recovery_only',
    'factor_taken',
    'overloaded',
  ]
  return unable.includes(code) ? words.not_now : undefined
}
