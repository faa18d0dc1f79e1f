import { z } from 'zod'
import { Action } from './action.ts'
import { EndUser, idOf, Nonce, Time } from './fields.ts'
import { operation } from './operation.ts'
import { Claims, Revocation, TokenKey } from './resources.ts'

/** By POST, so that its signature covers a body and is spent: no captured request of a reading call opens it. */
export const readTokenKeys = operation({
  id: 'readTokenKeys',
  summary:
    'Read the keys that sign the access tokens of the calling client, to verify tokens without asking. On record',
  method: 'POST',
  path: '/v1/tokens/keys',
  caller: 'client',
  scope: 'tokens',
  answersForNow: true,
  signedOnly: true,
  rate: 'other',
  status: 200,
  input: z.strictObject(Nonce),
  output: z.object({
    issuer: z.string().meta({ description: 'What `iss` of every token is' }),
    client_id: z.string().meta({ description: 'What `aud` and `client_id` of every token are' }),
    access_token_seconds: z.number().int().meta({ description: 'How long a token lasts at most' }),
    keys: z.array(TokenKey).meta({ description: 'The one that signs first' }),
  }),
  problems: ['local_verification_off'],
})

export const listRevocations = operation({
  id: 'listRevocations',
  summary:
    'Sessions of the calling client that have ended, the oldest first: those whose tokens could still be good, or all since a position. With `Accept: text/event-stream` the answer goes on, with the same in its events',
  method: 'GET',
  path: '/v1/tokens/revocations',
  caller: 'client',
  scope: 'tokens',
  rate: 'validate',
  status: 200,
  input: z.strictObject({
    since: z
      .string()
      .regex(/^\d{1,15}(?:\.ses_[0-9a-z]{26})?$/)
      .optional()
      .meta({ description: 'The position of an earlier answer. What is near it may come again' }),
  }),
  output: z.object({
    data: z.array(Revocation),
    position: z.string(),
    has_more: z.boolean(),
    at: z.number().meta({ description: 'Server time (epoch milliseconds) up to which this is complete' }),
    key_ids: z.array(z.string()).meta({ description: 'The keys that are good now' }),
  }),
  problems: ['local_verification_off'],
})

const nothing = z.strictObject({})

export const validateToken = operation({
  id: 'validateToken',
  summary: 'Ask whether an access token is good now. Decided from the session, not from the token alone',
  method: 'POST',
  path: '/v1/tokens/validate',
  caller: 'client',
  scope: 'tokens',
  answersForNow: true,
  rate: 'validate',
  status: 200,
  input: z
    .strictObject({
      ...Nonce,
      token: z.string().max(4096),
      mfa_code: z
        .string()
        .max(256)
        .optional()
        .meta({ description: 'What came in X-MFA-Token. It is spent by this call' }),
      session_token: z.string().max(256).optional().meta({ description: 'What came in X-Session-Token' }),
      grant: z
        .string()
        .max(256)
        .optional()
        .meta({ description: 'What a step-up gave for `require.action`. It is spent by this call' }),
      require: z
        .strictObject({
          mfa: z.boolean().optional(),
          max_age_seconds: z.number().int().min(1).max(86_400).optional(),
          action: Action.optional().meta({ description: 'What is about to happen now; `grant` must be for it' }),
        })
        .optional()
        .meta({
          description:
            'What must be proven: a second factor, how long ago at most, that the person wants this action. Else the answer is 401',
        }),
      end_user: EndUser.optional(),
    })
    .refine(({ grant, require }) => grant === undefined || require?.action !== undefined, {
      path: ['grant'],
      message: 'a grant is for an action: say which one in require.action',
    }),
  output: z.object({
    active: z.boolean(),
    reason: z.enum(['invalid', 'expired', 'revoked', 'restricted']).optional().meta({
      description:
        'restricted: a way back in, good for enrolling a factor on /v1/me and nothing else; `claims` says whose',
    }),
    claims: Claims.optional(),
    mfa: z
      .object({
        verified: z.boolean(),
        verified_at: Time.optional(),
        session_token: z
          .string()
          .optional()
          .meta({ description: 'Answer to `mfa_code`: hand it to the person as X-Session-Token' }),
      })
      .optional()
      .meta({ description: 'What of a second factor is proven now, of an active token' }),
    approval: z
      .object({ challenge_id: idOf('chl'), action: Action, approved_at: Time })
      .optional()
      .meta({ description: 'Present where `grant` was good: it is spent, do it now' }),
  }),
  problems: ['mfa_required', 'mfa_stale', 'grant_invalid', 'mfa_code_invalid', 'totp_code_reused', 'too_many_attempts'],
})

export const revokeToken = operation({
  id: 'revokeToken',
  summary: 'Revoke an access token and its session, at once (RFC 7009: an unknown token is no error)',
  method: 'POST',
  path: '/v1/tokens/revoke',
  caller: 'client',
  scope: 'tokens',
  rate: 'validate',
  status: 200,
  input: z.strictObject({ ...Nonce, token: z.string().max(4096) }),
  output: nothing,
  problems: [],
})

export const verificationOperations = [validateToken, revokeToken, readTokenKeys, listRevocations] as const
