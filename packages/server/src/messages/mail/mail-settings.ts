import { createPrivateKey } from 'node:crypto'
import { Email } from '@gatehouse/contract/fields'
import { hostOf, isLoopback } from '../../kernel/address.ts'
import type { SmtpSettings } from './smtp-channel.ts'

/** What the environment says of mail, each value in its form. */
interface MailValues {
  readonly GATEHOUSE_SMTP_URL?: string | undefined
  readonly GATEHOUSE_SMTP_USER?: string | undefined
  readonly GATEHOUSE_SMTP_PASSWORD?: string | undefined
  readonly GATEHOUSE_SMTP_TLS: 'required' | 'off'
  readonly GATEHOUSE_MAIL_FROM?: string | undefined
  readonly GATEHOUSE_DKIM_DOMAIN?: string | undefined
  readonly GATEHOUSE_DKIM_SELECTOR?: string | undefined
  readonly GATEHOUSE_DKIM_KEY?: string | undefined
}

/** The settings of mail belong together; `errors` gets a sentence for each that is missing or of no use. */
export function mailSettings(data: MailValues, errors: string[]): SmtpSettings | undefined {
  const url = data.GATEHOUSE_SMTP_URL === undefined ? undefined : new URL(data.GATEHOUSE_SMTP_URL)
  const from = data.GATEHOUSE_MAIL_FROM === undefined ? undefined : parseSender(data.GATEHOUSE_MAIL_FROM)
  const [domain, selector, privateKey] = [
    data.GATEHOUSE_DKIM_DOMAIN,
    data.GATEHOUSE_DKIM_SELECTOR,
    data.GATEHOUSE_DKIM_KEY,
  ]
  const dkim = domain && selector && privateKey ? { domain, selector, privateKey } : undefined
  if (!dkim && (domain ?? selector ?? privateKey) !== undefined) {
    errors.push(
      'GATEHOUSE_DKIM_DOMAIN, GATEHOUSE_DKIM_SELECTOR and GATEHOUSE_DKIM_KEY belong together; set all of them or none.',
    )
  }
  if (!url && !from) return undefined
  if (!url || !from) {
    errors.push('GATEHOUSE_SMTP_URL and GATEHOUSE_MAIL_FROM belong together; set both or neither.')
    return undefined
  }
  const host = hostOf(url.hostname)
  const isImplicit = url.protocol === 'smtps:'
  const user = data.GATEHOUSE_SMTP_USER ?? (decodeURIComponent(url.username) || undefined)
  const isOff = data.GATEHOUSE_SMTP_TLS === 'off'
  if (isOff && !isLoopback(host)) {
    errors.push(
      'GATEHOUSE_SMTP_TLS is off, and codes would travel in the clear: it is for a mail server on this machine only.',
    )
  }
  return {
    host,
    port: Number(url.port || (isImplicit ? 465 : 587)),
    tls: isImplicit ? 'implicit' : isOff ? 'off' : 'required',
    user,
    password: data.GATEHOUSE_SMTP_PASSWORD ?? (decodeURIComponent(url.password) || undefined),
    from,
    dkim,
  }
}

/** `Name <address>` or an address alone. */
export function parseSender(text: string): SmtpSettings['from'] | undefined {
  const [, name = '', inBrackets] = /^([^<>"\p{Cc}]{0,64}?) *<([^<>]+)>$/u.exec(text) ?? []
  const address = inBrackets ?? text
  return Email.safeParse(address).success ? { name, address } : undefined
}

export function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).type === 'private'
  } catch {
    return false
  }
}
