import { z } from 'zod'
import { Action } from './action.ts'
import { Email, EndUser, idOf, Nonce, Password, Time, text } from './fields.ts'
import { operation } from './operation.ts'
import { hasNoTwoProofs, noTwoProofs, proof } from './proof.ts'
import {
  Authenticated,
  Challenge,
  EnrollableType,
  MfaEnrollmentRequired,
  MfaRequired,
  Question,
  Verified,
} from './resources.ts'
import { PasskeyRequestOptions } from './webauthn.ts'

const userId = { id: idOf('usr') }

export const login = operation({
  id: 'login',
  summary: 'Sign in with e-mail and password',
  method: 'POST',
  path: '/v1/auth/login',
  caller: 'client',
  scope: 'auth',
  rate: 'auth',
  status: 200,
  input: z.strictObject({
    ...Nonce,
    email: Email,
    password: Password,
    captcha_token: text(8192)
      .optional()
      .meta({ description: 'The solution of what `captcha_required` asked for; ignored where none is needed' }),
    end_user: EndUser.optional(),
  }),
  output: z.discriminatedUnion('status', [Authenticated, MfaRequired, MfaEnrollmentRequired]),
  problems: ['invalid_credentials', 'captcha_required', 'too_many_attempts'],
})

export const createChallenge = operation({
  id: 'createChallenge',
  summary: 'Ask a user for a factor outside a sign-in: is this really them, and do they want this?',
  method: 'POST',
  path: '/v1/users/{id}/challenges',
  caller: 'client',
  scope: 'auth',
  rate: 'auth',
  status: 201,
  input: z
    .strictObject({
      ...Nonce,
      ...userId,
      purpose: z.enum(['verify', 'step_up']).meta({
        description:
          'verify: is it them? step_up: do they want `action`? Or, without one, a new proof for `session_id`',
      }),
      action: Action.optional(),
      session_id: idOf('ses')
        .optional()
        .meta({ description: 'step_up: the session in which it is to happen; the grant is for it alone' }),
      factor_types: z
        .array(EnrollableType)
        .min(1)
        .max(EnrollableType.options.length)
        .optional()
        .meta({ description: 'Which types may answer; all but recovery_codes unless given. Never those for step_up' }),
      end_user: EndUser.optional(),
    })
    .refine(({ purpose, action, session_id }) => purpose === 'verify' || action !== undefined || session_id, {
      path: ['action'],
      message: 'step_up needs an action, or the session that is to be proven anew',
    })
    .refine(({ purpose, session_id }) => purpose === 'step_up' || session_id === undefined, {
      path: ['session_id'],
      message: 'only step_up is for a session',
    }),
  output: Challenge,
  problems: ['not_found', 'factor_required', 'recovery_only', 'version_conflict'],
})

export const getChallenge = operation({
  id: 'getChallenge',
  summary: 'Read what has become of a challenge',
  method: 'GET',
  path: '/v1/challenges/{id}',
  caller: 'client',
  scope: 'users:read',
  rate: 'validate',
  status: 200,
  input: z.strictObject({ id: idOf('chl') }),
  output: Challenge,
  problems: ['not_found'],
})

export const sendChallenge = operation({
  id: 'sendChallenge',
  summary: 'Ask one factor of a challenge: send its code, ask its device, or get what the browser is to sign',
  method: 'POST',
  path: '/v1/challenges/{id}/send',
  caller: 'client',
  scope: 'auth',
  rate: 'auth',
  status: 202,
  input: z.strictObject({ ...Nonce, id: idOf('chl'), factor_id: idOf('fac'), end_user: EndUser.optional() }),
  output: Question,
  problems: [
    'challenge_expired',
    'channel_not_configured',
    'country_not_served',
    'too_many_attempts',
    'push_limited',
    'push_stopped',
    'passkeys_unavailable',
  ],
})

export const verifyChallenge = operation({
  id: 'verifyChallenge',
  summary:
    'Answer a challenge; without a proof, claim one that was approved on a device. A sign-in gives a session, a step-up a grant, all else the word that it was them',
  method: 'POST',
  path: '/v1/challenges/{id}/verify',
  caller: 'client',
  scope: 'auth',
  rate: 'auth',
  status: 200,
  input: z
    .strictObject({
      ...Nonce,
      id: idOf('chl'),
      ...proof,
      factor_id: idOf('fac').optional().meta({ description: 'Without it, every factor that takes a code is tried' }),
      remember_device: z
        .boolean()
        .optional()
        .meta({ description: 'Give the device a token, with which strangers cannot lock it out' }),
      end_user: EndUser.optional(),
    })
    .refine(hasNoTwoProofs, noTwoProofs),
  output: z.discriminatedUnion('status', [Authenticated, Verified]),
  problems: [
    'challenge_expired',
    'too_many_attempts',
    'mfa_code_invalid',
    'totp_code_reused',
    'recovery_code_used',
    'approval_pending',
  ],
})

export const startPasskey = operation({
  id: 'startPasskey',
  summary: 'Begin a sign-in with a passkey: the same answer for everybody, whoever they may turn out to be',
  method: 'POST',
  path: '/v1/auth/passkey/options',
  caller: 'client',
  scope: 'auth',
  rate: 'other',
  status: 200,
  input: z.strictObject({ ...Nonce, end_user: EndUser.optional() }),
  output: z.object({
    options: PasskeyRequestOptions,
    expires_at: Time,
  }),
  problems: ['passkeys_unavailable'],
})

export const verifyPasskey = operation({
  id: 'verifyPasskey',
  summary: 'Sign in with a passkey. A device that has checked who holds it counts as two factors',
  method: 'POST',
  path: '/v1/auth/passkey/verify',
  caller: 'client',
  scope: 'auth',
  rate: 'auth',
  status: 200,
  input: z.strictObject({
    ...Nonce,
    response: z
      .record(z.string().max(64), z.unknown())
      .meta({ description: 'What the browser answered: PublicKeyCredential.toJSON()' }),
    end_user: EndUser.optional(),
  }),
  output: Authenticated,
  problems: ['invalid_credentials', 'too_many_attempts', 'passkeys_unavailable'],
})

export const signInOperations = [
  login,
  createChallenge,
  getChallenge,
  sendChallenge,
  verifyChallenge,
  startPasskey,
  verifyPasskey,
] as const
