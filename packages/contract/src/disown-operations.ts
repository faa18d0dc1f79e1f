import { z } from 'zod'
import { EndUser, Nonce } from './fields.ts'
import { operation } from './operation.ts'

export const disownSignIn = operation({
  id: 'disownSignIn',
  summary: 'Say "this was not me" with the token of a mail: all sessions end, and a new password must be chosen',
  method: 'POST',
  path: '/v1/sign-ins/disown',
  caller: 'client',
  scope: 'auth',
  rate: 'auth',
  status: 200,
  input: z.strictObject({
    ...Nonce,
    token: z
      .string()
      .regex(/^[A-Za-z0-9_-]{16,512}$/)
      .meta({ description: 'That of the link in the mail' }),
    end_user: EndUser.optional(),
  }),
  output: z.strictObject({}),
  problems: ['token_invalid'],
})
