import { z } from 'zod'
import { EndUser, idOf, Nonce, Time, text } from './fields.ts'
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

export const RecoveryRequest = z
  .object({
    id: idOf('rec'),
    user_id: idOf('usr'),
    state: z.enum(['waiting', 'granted', 'cancelled', 'overtaken']).meta({
      description: 'overtaken: a factor of the user was used meanwhile, or there is none any more',
    }),
    created_at: Time,
    ready_at: Time.meta({ description: 'When an access pass goes out by mail, if nobody says no' }),
    ended_at: Time.nullable(),
  })
  .meta({ id: 'RecoveryRequest' })
export type RecoveryRequest = z.output<typeof RecoveryRequest>

export const requestRecovery = operation({
  id: 'requestRecovery',
  summary: 'Ask for a way back in, by somebody who has proven the password and has lost everything else',
  method: 'POST',
  path: '/v1/challenges/{id}/recovery-request',
  caller: 'client',
  scope: 'auth',
  rate: 'auth',
  status: 201,
  input: z.strictObject({
    ...Nonce,
    id: idOf('chl').meta({ description: 'That of the sign-in which they cannot finish' }),
    end_user: EndUser.optional(),
  }),
  output: RecoveryRequest,
  problems: ['challenge_expired', 'recovery_unavailable', 'channel_not_configured'],
})

export const getRecoveryRequest = operation({
  id: 'getRecoveryRequest',
  summary: 'Read what became of a recovery request',
  method: 'GET',
  path: '/v1/recovery-requests/{id}',
  caller: 'client',
  scope: 'users:read',
  rate: 'other',
  status: 200,
  input: z.strictObject({ id: idOf('rec') }),
  output: RecoveryRequest,
  problems: ['not_found'],
})

export const cancelRecovery = operation({
  id: 'cancelRecovery',
  summary: 'Cancel a recovery request that waits. One that has ended stays as it is',
  method: 'POST',
  path: '/v1/recovery-requests/{id}/cancel',
  caller: 'client',
  scope: 'factors:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Nonce, id: idOf('rec'), reason: text(500) }),
  output: RecoveryRequest,
  problems: ['not_found'],
})

export const recoveryOperations = [
  resetMfa,
  issueAccessPass,
  requestRecovery,
  getRecoveryRequest,
  cancelRecovery,
] as const
