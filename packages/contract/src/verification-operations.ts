import { z } from 'zod'
import { Nonce } from './fields.ts'
import { operation } from './operation.ts'
import { Revocation, TokenKey } from './resources.ts'

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
