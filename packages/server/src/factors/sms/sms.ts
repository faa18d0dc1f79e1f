import type { Policy } from '@gatehouse/contract/policy'
import { z } from 'zod'
import { sentCode } from '../sent-code/sent-code.ts'
import { parsePhoneNumber } from './phone-number.ts'

const SmsOptions = z.strictObject({ phone_number: z.string().max(40) })

/** Codes by text message. Numbers can be taken over, and messages read on their way: offer something stronger beside it. */
export function sms({ policy }: { readonly policy: Policy }) {
  return sentCode({
    type: 'sms',
    proves: ['sms'],
    options: SmsOptions,
    policy,
    readAddress: ({ phone_number }) => parsePhoneNumber(phone_number),
    mask: (number) => `${number.slice(0, 3)}${'•'.repeat(number.length - 5)}${number.slice(-2)}`,
  })
}
