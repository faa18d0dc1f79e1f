import { domainToASCII } from 'node:url'
import { Email } from '@gatehouse/contract/fields'
import type { Policy } from '@gatehouse/contract/policy'
import { z } from 'zod'
import { Fault } from '../../kernel/fault.ts'
import type { Account } from '../factor.ts'
import { sentCode } from '../sent-code/sent-code.ts'

const EmailOptions = z.strictObject({ email: Email.optional() })

/** Codes by mail: to the address given, or to the one that its owner signs in with. The weakest factor there is. */
export function email({ policy }: { readonly policy: Policy }) {
  return sentCode({
    type: 'email',
    proves: ['email'],
    options: EmailOptions,
    policy,
    readAddress: (options, owner) => toAsciiAddress(options.email ?? demandAddress(owner)),
    mask: (address) => address.replace(/^(.).*@/su, '$1•••@'),
  })
}

function demandAddress({ email }: Account): string {
  if (email) return email
  throw new Fault('invalid_request', { errors: [{ pointer: '/email', code: 'required' }] })
}

/** The domain in its ASCII form (RFC 5891), in which two that merely look alike differ. */
export function toAsciiAddress(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = domainToASCII(address.slice(at + 1))
  if (domain !== '') return `${address.slice(0, at)}@${domain}`
  throw new Fault('invalid_request', { errors: [{ pointer: '/email', code: 'invalid_domain' }] })
}
