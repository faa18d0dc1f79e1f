import { z } from 'zod'
import { Email, EndUser, Nonce, Password, text } from './fields.ts'
import { operation } from './operation.ts'
import { User } from './resources.ts'

export const requestRegistration = operation({
  id: 'requestRegistration',
  summary:
    'Send a link that makes an account for this e-mail address. The same answer for everybody, whether there is one or not',
  method: 'POST',
  path: '/v1/auth/register',
  caller: 'client',
  scope: 'auth',
  rate: 'auth',
  status: 202,
  input: z.strictObject({ ...Nonce, email: Email, end_user: EndUser.optional() }),
  output: z.strictObject({}),
  problems: ['registration_closed', 'channel_not_configured', 'too_many_attempts'],
})

export const completeRegistration = operation({
  id: 'completeRegistration',
  summary: 'Make the account by what the mail brought. Its address is verified; it signs nobody in',
  method: 'POST',
  path: '/v1/auth/register/complete',
  caller: 'client',
  scope: 'auth',
  rate: 'auth',
  status: 201,
  input: z.strictObject({
    ...Nonce,
    token: z.string().max(256).meta({ description: 'What stands behind the # of the link' }),
    password: Password,
    name: text(200).optional(),
    end_user: EndUser.optional(),
  }),
  output: User,
  problems: ['registration_closed', 'mail_token_invalid', 'password_too_short', 'password_too_common'],
})

export const registrationOperations = [requestRegistration, completeRegistration] as const
