import { domainToASCII } from 'node:url'
import { Fault } from '../kernel/fault.ts'

/**
 * The form in which addresses are compared: NFKC and lower case before the `@` (so the Kelvin sign is a k and
 * composed and decomposed letters are one), the domain in its ASCII form (RFC 5891).
 * @throws Fault `invalid_request` when the domain has no such form.
 */
export function emailKey(email: string): string {
  const key = findEmailKey(email)
  if (key === undefined) {
    throw new Fault('invalid_request', { errors: [{ pointer: '/email', code: 'invalid_domain' }] })
  }
  return key
}

/** The same for the record, which takes what somebody tried as it is when it has no such form. */
export function canonicalEmail(email: string): string {
  return findEmailKey(email) ?? email
}

/** The mailbox that a key most likely reaches: what stands behind a + is its owner's own (RFC 5233), and whoever asks makes up as many as they like. */
export function mailboxOf(key: string): string {
  return key.replace(/(?<=.)\+[^@]*(?=@)/, '')
}

function findEmailKey(email: string): string | undefined {
  const at = email.lastIndexOf('@')
  const local = email.slice(0, at).normalize('NFKC').toLowerCase().normalize('NFKC')
  const domain = domainToASCII(email.slice(at + 1))
  return domain === '' || local.includes('@') ? undefined : `${local}@${domain}`
}
