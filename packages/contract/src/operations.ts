import { z } from 'zod'
import { Action } from './action.ts'
import {
  changeClient,
  createClient,
  disableClient,
  enableClient,
  getClient,
  listClientSecrets,
  listClients,
  revokeClientSecret,
  rotateClientSecret,
} from './client-operations.ts'
import { EventSearch } from './event-search.ts'
import { Email, EndUser, idOf, Nonce, Page, Password, pageOf, Time, text } from './fields.ts'
import { operation } from './operation.ts'
import { changePolicy, getPolicy } from './policy-operations.ts'
import {
  cancelRecovery,
  getRecoveryRequest,
  issueAccessPass,
  requestRecovery,
  resetMfa,
} from './recovery-operations.ts'
import {
  Account,
  AuditEvent,
  Authenticated,
  Challenge,
  Claims,
  ConsistencyProof,
  EmailEnrollment,
  EnrollableType,
  Factor,
  HotpEnrollment,
  InclusionProof,
  LogCheckpoint,
  MfaEnrollmentRequired,
  MfaRequired,
  PushEnrollment,
  Question,
  RecoveryCodesEnrollment,
  Session,
  SmsEnrollment,
  TotpEnrollment,
  User,
  Verified,
  WebauthnEnrollment,
} from './resources.ts'
import { listTestMessages, resetTestTenant } from './sandbox-operations.ts'
import { importHardwareTokens, listHardwareTokens } from './token-operations.ts'
import { listRevocations, readTokenKeys } from './verification-operations.ts'
import { PasskeyRequestOptions } from './webauthn.ts'

const nothing = z.strictObject({})
const logPosition = z.coerce.number<number>().int().min(0).max(Number.MAX_SAFE_INTEGER)
const logSize = z.coerce.number<number>().int().min(1).max(Number.MAX_SAFE_INTEGER)
const userId = { id: idOf('usr') }
const externalId = text(255).meta({
  description: 'What the application calls this user: any text, compared as it is, of one user in the tenant',
})
const role = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/)
  .meta({ description: 'What the application calls it; carried in tokens' })
/** A proof: what a person typed, or what a device answered. */
const proof = {
  code: z.string().max(256).optional().meta({ description: 'A code, as it was typed' }),
  response: z
    .record(z.string().max(64), z.unknown())
    .optional()
    .meta({ description: 'What the browser or the device answered (webauthn), in place of `code`' }),
}
export const hasOneProof = ({ code, response }: { code?: unknown; response?: unknown }) =>
  (code === undefined) !== (response === undefined)
const hasNoTwoProofs = ({ code, response }: { code?: unknown; response?: unknown }) =>
  code === undefined || response === undefined
const noTwoProofs = { path: ['code'], message: 'code and response do not go together' }
export const oneProof = { path: ['code'], message: 'either code or response is needed' }

const phoneNumber = z.string().regex(/^\+[1-9][0-9]{6,14}$/, { message: 'must be E.164, like +4915112345678' })

export const createUser = operation({
  id: 'createUser',
  summary: 'Create a user',
  method: 'POST',
  path: '/v1/users',
  caller: 'client',
  scope: 'users:write',
  rate: 'users',
  status: 201,
  input: z
    .strictObject({
      ...Nonce,
      email: Email.optional().meta({ description: 'May be left out where there is an `external_id`' }),
      external_id: externalId.optional(),
      password: Password.optional(),
      name: text(200).optional(),
      phone_number: phoneNumber.optional(),
      role: role.default('user'),
    })
    .refine(({ email, external_id }) => email !== undefined || external_id !== undefined, {
      path: ['email'],
      message: 'a user has an email, an external_id, or both',
    })
    .refine(({ email, password }) => email !== undefined || password === undefined, {
      path: ['password'],
      message: 'a password is for signing in with an email',
    }),
  output: User,
  problems: ['email_taken', 'external_id_taken', 'password_too_short', 'password_too_common'],
})

export const getUser = operation({
  id: 'getUser',
  summary: 'Read a user',
  method: 'GET',
  path: '/v1/users/{id}',
  caller: 'client',
  scope: 'users:read',
  rate: 'users',
  status: 200,
  input: z.strictObject(userId),
  output: Account,
  problems: ['not_found'],
})

export const listUsers = operation({
  id: 'listUsers',
  summary: 'List users, newest first',
  method: 'GET',
  path: '/v1/users',
  caller: 'client',
  scope: 'users:read',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Page, email: Email.optional(), external_id: externalId.optional() }),
  output: pageOf(User),
  problems: [],
})

export const updateUser = operation({
  id: 'updateUser',
  summary: 'Change a user. A new password ends all sessions of the user',
  method: 'PATCH',
  path: '/v1/users/{id}',
  caller: 'client',
  scope: 'users:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({
    ...Nonce,
    ...userId,
    email: Email.optional(),
    external_id: externalId.nullable().optional(),
    password: Password.optional(),
    name: text(200).nullable().optional(),
    phone_number: phoneNumber.nullable().optional(),
    role: role.optional(),
  }),
  output: User,
  problems: [
    'not_found',
    'email_taken',
    'external_id_taken',
    'password_too_short',
    'password_too_common',
    'version_conflict',
  ],
})

export const disableUser = operation({
  id: 'disableUser',
  summary: 'Disable a user and end all sessions',
  method: 'POST',
  path: '/v1/users/{id}/disable',
  caller: 'client',
  scope: 'users:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Nonce, ...userId, reason: text(500) }),
  output: User,
  problems: ['not_found', 'version_conflict'],
})

export const enableUser = operation({
  id: 'enableUser',
  summary: 'Let a disabled user sign in again',
  method: 'POST',
  path: '/v1/users/{id}/enable',
  caller: 'client',
  scope: 'users:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Nonce, ...userId, reason: text(500) }),
  output: User,
  problems: ['not_found', 'version_conflict'],
})

export const unlockUser = operation({
  id: 'unlockUser',
  summary: 'Lift the locks of a user: wrong passwords, wrong codes, suspended factors',
  method: 'POST',
  path: '/v1/users/{id}/unlock',
  caller: 'client',
  scope: 'users:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Nonce, ...userId, reason: text(500) }),
  output: User,
  problems: ['not_found'],
})

export const eraseUser = operation({
  id: 'eraseUser',
  summary: 'Erase a person: the account with all that belongs to it, and what is personal in its events, for good',
  method: 'DELETE',
  path: '/v1/users/{id}',
  caller: 'client',
  scope: 'users:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Nonce, ...userId, reason: text(500) }),
  output: nothing,
  problems: ['not_found', 'version_conflict'],
})

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

export const logout = operation({
  id: 'logout',
  summary: 'End the session of an access token',
  method: 'POST',
  path: '/v1/auth/logout',
  caller: 'client',
  scope: 'auth',
  rate: 'auth',
  status: 200,
  input: z.strictObject({ ...Nonce, token: z.string().max(4096), end_user: EndUser.optional() }),
  output: nothing,
  problems: ['token_invalid'],
})

export const refreshSession = operation({
  id: 'refreshSession',
  summary: 'The next access token, and the next refresh token in place of the one that is spent',
  method: 'POST',
  path: '/v1/auth/refresh',
  caller: 'client',
  scope: 'auth',
  rate: 'validate',
  status: 200,
  input: z.strictObject({ ...Nonce, refresh_token: z.string().max(4096), end_user: EndUser.optional() }),
  output: Authenticated,
  problems: ['token_invalid'],
})

export const listSessions = operation({
  id: 'listSessions',
  summary: 'List the sessions of a user that are alive, newest first',
  method: 'GET',
  path: '/v1/users/{id}/sessions',
  caller: 'client',
  scope: 'users:read',
  rate: 'users',
  status: 200,
  input: z.strictObject(userId),
  output: z.object({ data: z.array(Session) }),
  problems: ['not_found'],
})

export const endSessions = operation({
  id: 'endSessions',
  summary: 'End all sessions of a user',
  method: 'DELETE',
  path: '/v1/users/{id}/sessions',
  caller: 'client',
  scope: 'users:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Nonce, ...userId, reason: text(500).optional() }),
  output: nothing,
  problems: ['not_found'],
})

export const endSession = operation({
  id: 'endSession',
  summary: 'End one session',
  method: 'DELETE',
  path: '/v1/sessions/{id}',
  caller: 'client',
  scope: 'users:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Nonce, id: idOf('ses'), reason: text(500).optional() }),
  output: nothing,
  problems: ['not_found'],
})

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

export const listAuditEvents = operation({
  id: 'listAuditEvents',
  summary: 'Read the record, newest first',
  method: 'GET',
  path: '/v1/audit-events',
  caller: 'client',
  scope: 'audit:read',
  rate: 'other',
  status: 200,
  input: z.strictObject({
    ...Page,
    ...EventSearch,
  }),
  output: pageOf(AuditEvent),
  problems: [],
})

export const getLogCheckpoint = operation({
  id: 'getLogCheckpoint',
  summary: 'Read the signed checkpoint of the whole log (C2SP tlog-checkpoint)',
  method: 'GET',
  path: '/v1/audit-events/checkpoint',
  caller: 'client',
  scope: 'audit:read',
  rate: 'other',
  status: 200,
  input: nothing,
  output: LogCheckpoint,
  problems: ['not_sealed'],
})

export const getInclusionProof = operation({
  id: 'getInclusionProof',
  summary: 'Prove that an event is in the log, by its newest checkpoint (RFC 6962)',
  method: 'GET',
  path: '/v1/audit-events/inclusion-proof',
  caller: 'client',
  scope: 'audit:read',
  rate: 'other',
  status: 200,
  input: z.strictObject({ position: logPosition.meta({ description: 'That of the event' }) }),
  output: InclusionProof,
  problems: ['not_sealed'],
})

export const getConsistencyProof = operation({
  id: 'getConsistencyProof',
  summary: 'Prove that the log of one size begins the log of another (RFC 6962)',
  method: 'GET',
  path: '/v1/audit-events/consistency-proof',
  caller: 'client',
  scope: 'audit:read',
  rate: 'other',
  status: 200,
  input: z.strictObject({
    from: logSize,
    to: logSize.optional().meta({ description: 'Without it, the size of the newest checkpoint' }),
  }),
  output: ConsistencyProof,
  problems: ['not_sealed'],
})

/** Every operation there is, in the order of the documentation. */
export const operations = [
  login,
  createChallenge,
  getChallenge,
  sendChallenge,
  verifyChallenge,
  startPasskey,
  verifyPasskey,
  logout,
  refreshSession,
  validateToken,
  revokeToken,
  readTokenKeys,
  listRevocations,
  createUser,
  getUser,
  listUsers,
  updateUser,
  disableUser,
  enableUser,
  unlockUser,
  listSessions,
  endSessions,
  endSession,
  eraseUser,
  enrollFactor,
  activateFactor,
  resyncFactor,
  listFactors,
  renameFactor,
  removeFactor,
  resetMfa,
  issueAccessPass,
  requestRecovery,
  getRecoveryRequest,
  cancelRecovery,
  listAuditEvents,
  createClient,
  getClient,
  listClients,
  changeClient,
  disableClient,
  enableClient,
  listClientSecrets,
  rotateClientSecret,
  revokeClientSecret,
  getPolicy,
  changePolicy,
  getLogCheckpoint,
  getInclusionProof,
  getConsistencyProof,
  importHardwareTokens,
  listHardwareTokens,
  listTestMessages,
  resetTestTenant,
] as const
