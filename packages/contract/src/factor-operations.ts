import { z } from 'zod'
import { Email, idOf, Nonce, text } from './fields.ts'
import { operation } from './operation.ts'
import { hasOneProof, oneProof, proof } from './proof.ts'
import {
  EmailEnrollment,
  EnrollableType,
  Factor,
  HotpEnrollment,
  PushEnrollment,
  RecoveryCodesEnrollment,
  SmsEnrollment,
  TotpEnrollment,
  WebauthnEnrollment,
} from './resources.ts'

const nothing = z.strictObject({})
const userId = { id: idOf('usr') }

export const enrollFactor = operation({
  id: 'enrollFactor',
  summary: 'Enrol a factor. What is shown is shown this once; the first proof activates it',
  method: 'POST',
  path: '/v1/users/{id}/factors',
  caller: 'client',
  scope: 'factors:write',
  rate: 'users',
  status: 201,
  input: z.strictObject({
    ...Nonce,
    ...userId,
    type: EnrollableType,
    label: text(100).optional(),
    algorithm: z.enum(['sha1', 'sha256', 'sha512']).optional().meta({ description: 'totp, hotp; default sha1' }),
    digits: z
      .union([z.literal(6), z.literal(8)])
      .optional()
      .meta({ description: 'totp, hotp; default 6' }),
    secret: text(256)
      .optional()
      .meta({ description: 'totp: a key to import; hotp: the seed. base32; spaces, hyphens and case do not matter' }),
    counter: z
      .string()
      .regex(/^[0-9]{1,20}$/)
      .optional()
      .meta({ description: 'hotp: of the next code of the token, as a text; default 0' }),
    serial: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
      .optional()
      .meta({ description: 'hotp: the serial number of a token in the stock, in place of its seed and its form' }),
    phone_number: text(40).optional().meta({ description: 'sms: with its country, like +49 1511 2345678' }),
    email: Email.optional().meta({ description: 'email: where codes go; the address of the user unless given' }),
  }),
  output: z.object({
    factor: Factor,
    enrollment: z.discriminatedUnion('type', [
      WebauthnEnrollment,
      TotpEnrollment,
      HotpEnrollment,
      PushEnrollment,
      SmsEnrollment,
      EmailEnrollment,
      RecoveryCodesEnrollment,
    ]),
  }),
  problems: [
    'not_found',
    'factor_required',
    'factor_taken',
    'channel_not_configured',
    'country_not_served',
    'too_many_attempts',
    'passkeys_unavailable',
  ],
})

export const activateFactor = operation({
  id: 'activateFactor',
  summary: 'Activate a factor with its first code. The first factor of a user also makes ten recovery codes',
  method: 'POST',
  path: '/v1/factors/{id}/activate',
  caller: 'client',
  scope: 'factors:write',
  rate: 'auth',
  status: 200,
  input: z.strictObject({ ...Nonce, id: idOf('fac'), ...proof }).refine(hasOneProof, oneProof),
  output: z.object({
    factor: Factor,
    recovery_codes: z.array(z.string()).optional().meta({ description: 'Shown this once' }),
    recovery_set: Factor.optional().meta({
      description:
        'Present when codes of the old set were used: `recovery_codes` are its successor. Activate it with one of them; until then the old set is good',
    }),
  }),
  problems: ['not_found', 'mfa_code_invalid', 'factor_already_active', 'factor_expired', 'factor_required'],
})

export const resyncFactor = operation({
  id: 'resyncFactor',
  summary: 'Find a token (hotp) again whose button was pressed too often, by two codes in a row',
  method: 'POST',
  path: '/v1/factors/{id}/resync',
  caller: 'client',
  scope: 'factors:write',
  rate: 'auth',
  status: 200,
  input: z.strictObject({
    ...Nonce,
    id: idOf('fac'),
    codes: z.array(z.string().max(256)).length(2).meta({ description: 'The code that the token shows, and the next' }),
  }),
  output: z.object({ factor: Factor }),
  problems: ['not_found', 'mfa_code_invalid', 'too_many_attempts'],
})

export const listFactors = operation({
  id: 'listFactors',
  summary: 'List the factors of a user',
  method: 'GET',
  path: '/v1/users/{id}/factors',
  caller: 'client',
  scope: 'users:read',
  rate: 'users',
  status: 200,
  input: z.strictObject(userId),
  output: z.object({ data: z.array(Factor) }),
  problems: ['not_found'],
})

export const renameFactor = operation({
  id: 'renameFactor',
  summary: 'Change what its owner knows a factor by',
  method: 'PATCH',
  path: '/v1/factors/{id}',
  caller: 'client',
  scope: 'factors:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Nonce, id: idOf('fac'), label: text(100).nullable() }),
  output: z.object({ factor: Factor }),
  problems: ['not_found'],
})

export const removeFactor = operation({
  id: 'removeFactor',
  summary: 'Remove a factor and end all sessions of the user',
  method: 'DELETE',
  path: '/v1/factors/{id}',
  caller: 'client',
  scope: 'factors:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Nonce, id: idOf('fac') }),
  output: nothing,
  problems: ['not_found', 'last_factor'],
})

export const factorOperations = [
  enrollFactor,
  activateFactor,
  resyncFactor,
  listFactors,
  renameFactor,
  removeFactor,
] as const
