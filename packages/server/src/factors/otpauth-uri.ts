import type { Account } from './factor.ts'
import type { CodeForm } from './hotp/hotp.ts'

/**
 * Bytes of the URI that a name may take. With both, the longest key and the settings, the URI still fits a QR code
 * whose modules are three pixels wide (`qr.ts`). An e-mail address of 254 plain characters fits whole.
 */
const issuerBytes = 128
const labelBytes = 256

/**
 * The link that authenticator apps read, from a QR code or a tap ("Key URI Format" of Google Authenticator).
 * A name that is too long for a QR code is cut between two characters, as its reader sees characters, and ends in `…`.
 */
export function otpauthUri(
  account: Pick<Account, 'label' | 'issuer'>,
  key: CodeForm & { readonly secret: string; readonly period: number },
): string {
  const issuer = shorten(account.issuer, issuerBytes)
  const label = shorten(account.label, labelBytes)
  // The first colon of the path ends the issuer there; the parameter has the issuer as it is.
  const path = `${percentEncode(issuer.replaceAll(':', ' '))}:${percentEncode(label)}`
  const parameters = [
    `secret=${key.secret}`,
    `issuer=${percentEncode(issuer)}`,
    `algorithm=${key.algorithm.toUpperCase()}`,
    `digits=${key.digits}`,
    `period=${key.period}`,
  ]
  return `otpauth://totp/${path}?${parameters.join('&')}`
}

function shorten(name: string, bytes: number): string {
  if (percentEncode(name).length <= bytes) return name
  let kept = ''
  for (const { segment } of new Intl.Segmenter().segment(name)) {
    if (percentEncode(`${kept}${segment}…`).length > bytes) break
    kept += segment
  }
  return `${kept}…`
}

/** A lone surrogate, which has no UTF-8, becomes U+FFFD instead of an exception. */
function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
