import { z } from 'zod'
import { Email, EndUser, Nonce, Password } from './fields.ts'
import { operation } from './operation.ts'

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

/** All of them, in the order of the documentation. */
export const accountOperations = [forgotPassword, resetPassword] as const
