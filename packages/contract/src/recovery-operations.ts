import { z } from 'zod'
import { idOf, Nonce, text } from './fields.ts'
import { operation } from './operation.ts'
import { policy } from './policy.ts'
import { Factor } from './resources.ts'

const aboutUser = { ...Nonce, id: idOf('usr'), reason: text(500) }

export const resetMfa = operation({
  id: 'resetMfa',
  summary: 'Take all factors from a user who has lost theirs, and end all sessions. The user is told at all addresses',
  method: 'POST',
  path: '/v1/users/{id}/reset-mfa',
  caller: 'client',
  scope: 'factors:write',
  rate: 'users',
  status: 200,
  input: z.strictObject(aboutUser),
  output: z.strictObject({}),
  problems: ['not_found'],
})

export const issueAccessPass = operation({
  id: 'issueAccessPass',
  summary: 'Make a code that stands in for the second factor once, to set up a new one. It is shown this once',
  method: 'POST',
  path: '/v1/users/{id}/access-pass',
  caller: 'client',
  scope: 'factors:write',
  rate: 'users',
  status: 201,
  input: z.strictObject({
    ...aboutUser,
    lifetime_seconds: z
      .number()
      .int()
      .min(policy.accessPassSeconds.min)
      .max(policy.accessPassSeconds.max)
      .optional()
      .meta({ description: 'One hour unless it is said' }),
  }),
  output: z.object({ factor: Factor, code: z.string() }),
  problems: ['not_found'],
})
