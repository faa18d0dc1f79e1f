import { z } from 'zod'
import { Email, EndUser, idOf, Nonce, Password, Time, text } from './fields.ts'
import { operation } from './operation.ts'
import { User } from './resources.ts'

const nothing = z.strictObject({})

export const forgotPassword = operation({
  id: 'forgotPassword',
  summary: 'Send a link that sets a new password. The same answer for everybody, whether there is such a user or not',
  method: 'POST',
  path: '/v1/auth/password/forgot',
  caller: 'client',
  scope: 'auth',
  rate: 'auth',
  status: 202,
  input: z.strictObject({ ...Nonce, email: Email, end_user: EndUser.optional() }),
  output: nothing,
  problems: ['channel_not_configured'],
})

export const resetPassword = operation({
  id: 'resetPassword',
  summary: 'Set a new password by what the mail brought, and end all sessions. It signs nobody in',
  method: 'POST',
  path: '/v1/auth/password/reset',
  caller: 'client',
  scope: 'auth',
  rate: 'auth',
  status: 200,
  input: z.strictObject({
    ...Nonce,
    token: z.string().max(256).meta({ description: 'What stands behind the # of the link' }),
    new_password: Password,
    end_user: EndUser.optional(),
  }),
  output: nothing,
  problems: ['mail_token_invalid', 'too_many_attempts', 'password_too_short', 'password_too_common'],
})

/** A code is on its way. */
export const SentCode = z
  .object({
    sent_to: z.string().meta({ description: 'Where the code went, masked' }),
    expires_at: Time,
    resend_after: Time.optional().meta({ description: 'Before this time no other code goes there' }),
  })
  .meta({ id: 'SentCode' })
export type SentCode = z.output<typeof SentCode>

const code = z.string().max(256).meta({ description: 'As it was typed' })
const ofUser = { ...Nonce, id: idOf('usr') }
const byClient = { method: 'POST', caller: 'client', scope: 'users:write' } as const
const notSent = ['channel_not_configured', 'too_many_attempts'] as const

export const sendEmailVerification = operation({
  ...byClient,
  id: 'sendEmailVerification',
  summary: 'Send a code to the e-mail address of a user, to see whether they read it',
  path: '/v1/users/{id}/email-verification',
  rate: 'users',
  status: 202,
  input: z.strictObject(ofUser),
  output: SentCode,
  problems: ['not_found', ...notSent],
})

export const confirmEmailVerification = operation({
  ...byClient,
  id: 'confirmEmailVerification',
  summary: 'Take the code that came back: the e-mail address is verified',
  path: '/v1/users/{id}/email-verification/confirm',
  rate: 'auth',
  status: 200,
  input: z.strictObject({ ...ofUser, code }),
  output: User,
  problems: ['not_found', 'mfa_code_invalid', 'version_conflict'],
})

export const sendPhoneVerification = operation({
  ...byClient,
  id: 'sendPhoneVerification',
  summary: 'Send a code to the telephone number of a user, to see whether they read it',
  path: '/v1/users/{id}/phone-verification',
  rate: 'users',
  status: 202,
  input: z.strictObject(ofUser),
  output: SentCode,
  problems: ['not_found', ...notSent, 'country_not_served'],
})

export const confirmPhoneVerification = operation({
  ...byClient,
  id: 'confirmPhoneVerification',
  summary: 'Take the code that came back: the telephone number is verified',
  path: '/v1/users/{id}/phone-verification/confirm',
  rate: 'auth',
  status: 200,
  input: z.strictObject({ ...ofUser, code }),
  output: User,
  problems: ['not_found', 'mfa_code_invalid', 'version_conflict'],
})

const own = { method: 'POST', caller: 'user', scope: 'own', rate: 'auth' } as const
const stepUp = ['mfa_required', 'mfa_stale', 'sign_in_stale'] as const
const phoneNumber = text(40).meta({ description: 'With its country, like +49 1511 2345678' })

export const changeMyEmail = operation({
  ...own,
  id: 'changeMyEmail',
  summary: 'Send a code to the e-mail address that I want to have, or to mine, to verify it',
  path: '/v1/me/email',
  status: 202,
  demandsProof: true,
  input: z.strictObject({ email: Email }),
  output: SentCode,
  problems: [...notSent, ...stepUp],
})

export const confirmMyEmail = operation({
  ...own,
  id: 'confirmMyEmail',
  summary: 'Take the code from the new e-mail address: it is mine now, and the old one is told',
  path: '/v1/me/email/confirm',
  status: 200,
  input: z.strictObject({ email: Email, code }),
  output: User,
  problems: ['mfa_code_invalid', 'version_conflict'],
})

export const changeMyPhone = operation({
  ...own,
  id: 'changeMyPhone',
  summary: 'Send a code to the telephone number that I want to have, or to mine, to verify it',
  path: '/v1/me/phone',
  status: 202,
  demandsProof: true,
  input: z.strictObject({ phone_number: phoneNumber }),
  output: SentCode,
  problems: [...notSent, 'country_not_served', ...stepUp],
})

export const confirmMyPhone = operation({
  ...own,
  id: 'confirmMyPhone',
  summary: 'Take the code from the new telephone number: it is mine now, and the old one is told',
  path: '/v1/me/phone/confirm',
  status: 200,
  input: z.strictObject({ phone_number: phoneNumber, code }),
  output: User,
  problems: ['mfa_code_invalid', 'version_conflict'],
})

/** All of them, in the order of the documentation. */
export const accountOperations = [
  forgotPassword,
  resetPassword,
  sendEmailVerification,
  confirmEmailVerification,
  sendPhoneVerification,
  confirmPhoneVerification,
  changeMyEmail,
  confirmMyEmail,
  changeMyPhone,
  confirmMyPhone,
] as const
