import { z } from 'zod'
import { Action } from './action.ts'
import { ClientSlug, Email, idOf, Time } from './fields.ts'
import { clientLimits, scopes } from './operation.ts'
import { PublicKey } from './public-key.ts'
import { clientSchemes } from './signature-scheme.ts'
import { PasskeyCreationOptions, PasskeyRequestOptions } from './webauthn.ts'

/** What the API shows of things. One shape each, wherever they appear. */

export const User = z
  .object({
    id: idOf('usr'),
    number: z.number().int(),
    email: Email.nullable().meta({
      description: 'null: the application keeps its users elsewhere; nobody signs in by password',
    }),
    external_id: z.string().nullable().meta({ description: 'What the application calls this user' }),
    name: z.string().nullable(),
    phone_number: z.string().nullable(),
    email_verified_at: Time.nullable().meta({ description: 'When they have shown that they read mail there' }),
    phone_verified_at: Time.nullable(),
    role: z.string(),
    status: z.enum(['active', 'disabled']),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'User' })
export type User = z.output<typeof User>

export const MfaState = z.enum(['none', 'incomplete', 'backup_incomplete', 'complete']).meta({
  description:
    'none: no second factor, and none demanded. incomplete: none, and one is demanded. backup_incomplete: fewer backups than demanded',
})
export type MfaState = z.output<typeof MfaState>

export const Account = User.extend({ mfa_state: MfaState }).meta({ id: 'Account' })
export type Account = z.output<typeof Account>

/** Strongest first: the order in which factors are offered. */
export const FactorType = z.enum(['webauthn', 'totp', 'hotp', 'push', 'sms', 'email', 'recovery_codes', 'access_pass'])
export type FactorType = z.output<typeof FactorType>

/** What people set up for themselves: all but what is given to them. */
export const EnrollableType = FactorType.exclude(['access_pass'])
export type EnrollableType = z.output<typeof EnrollableType>

export const Factor = z
  .object({
    id: idOf('fac'),
    user_id: idOf('usr'),
    type: FactorType,
    label: z.string().nullable(),
    state: z.enum(['pending', 'active']),
    created_at: Time,
    expires_at: Time.nullable().meta({
      description: 'When a pending factor is forgotten, and when an access pass ends',
    }),
    last_used_at: Time.nullable(),
    suspended_at: Time.nullable().meta({ description: 'Since when too many wrong codes have put it out of use' }),
    renew_by: Time.nullable().meta({
      description: 'Until when it is good (passkeys). The last usable factor of a user goes on',
    }),
  })
  .meta({ id: 'Factor' })
export type Factor = z.output<typeof Factor>

export const TotpEnrollment = z
  .object({
    type: z.literal('totp'),
    secret: z.string().meta({ description: 'base32, for keying in by hand' }),
    secret_groups: z.string().meta({ description: 'The same in groups of four' }),
    uri: z.string().meta({ description: 'otpauth:// for apps on the same device' }),
    algorithm: z.enum(['sha1', 'sha256', 'sha512']),
    digits: z.union([z.literal(6), z.literal(8)]),
    period: z.literal(30).meta({ description: 'Seconds' }),
    qr: z.object({
      svg: z.string(),
      png: z.string().meta({ description: 'PNG of 300×300 pixels, base64' }),
    }),
    instructions: z.array(z.string()),
  })
  .meta({ id: 'TotpEnrollment' })
export type TotpEnrollment = z.output<typeof TotpEnrollment>

export const HotpEnrollment = z
  .object({
    type: z.literal('hotp'),
    algorithm: z.enum(['sha1', 'sha256', 'sha512']),
    digits: z.union([z.literal(6), z.literal(8)]),
    counter: z.string().meta({ description: 'Of the next code that is accepted; 64 bits, so a text' }),
    instructions: z.array(z.string()),
  })
  .meta({ id: 'HotpEnrollment' })
export const WebauthnEnrollment = z
  .object({
    type: z.literal('webauthn'),
    options: PasskeyCreationOptions,
  })
  .meta({ id: 'WebauthnEnrollment' })
export const PushEnrollment = z
  .object({
    type: z.literal('push'),
    pairing_code: z.string().meta({ description: 'For typing into the device; pairs one device, once' }),
    uri: z.string().meta({ description: 'The page of this server that makes a browser a device, with the code' }),
    qr: z.object({
      svg: z.string(),
      png: z.string().meta({ description: 'PNG of 300×300 pixels, base64' }),
    }),
    instructions: z.array(z.string()),
  })
  .meta({ id: 'PushEnrollment' })
const sentTo = {
  sent_to: z.string().meta({ description: 'Where the code went, masked' }),
  instructions: z.array(z.string()),
}
export const SmsEnrollment = z.object({ type: z.literal('sms'), ...sentTo }).meta({ id: 'SmsEnrollment' })
export const EmailEnrollment = z.object({ type: z.literal('email'), ...sentTo }).meta({ id: 'EmailEnrollment' })

export const RecoveryCodesEnrollment = z
  .object({ type: z.literal('recovery_codes'), codes: z.array(z.string()), instructions: z.array(z.string()) })
  .meta({ id: 'RecoveryCodesEnrollment' })

/** A factor as a challenge names it. */
const OfferedFactor = z.object({ id: idOf('fac'), type: FactorType, label: z.string().nullable() })

export const Challenge = z
  .object({
    id: idOf('chl'),
    purpose: z.enum(['sign_in', 'step_up', 'enroll', 'recovery', 'verify']),
    action: Action.nullable(),
    session_id: idOf('ses').nullable().meta({ description: 'The session that a step-up is for' }),
    state: z.enum(['pending', 'approved', 'answered', 'expired', 'spent']).meta({
      description:
        'approved: on a device; verify it now. answered: the proof was right. spent: ended by too many wrong ones, or by its owner',
    }),
    expires_at: Time,
    factors: z
      .array(OfferedFactor)
      .meta({ description: 'What may answer it, the strongest first; empty once it is over' }),
  })
  .meta({ id: 'Challenge' })
export type Challenge = z.output<typeof Challenge>

/** What the proof of a challenge outside a sign-in gives. */
export const Verified = z
  .object({
    status: z.literal('verified'),
    challenge_id: idOf('chl'),
    user_id: idOf('usr'),
    purpose: Challenge.shape.purpose,
    action: Action.nullable(),
    factor: OfferedFactor,
    amr: z.array(z.string()).meta({ description: 'What the proof is evidence of (RFC 8176)' }),
    grant: z
      .string()
      .optional()
      .meta({ description: 'step_up with an action: good once, for this action, at /v1/tokens/validate' }),
    grant_expires_at: Time.optional(),
    session_token: z
      .string()
      .optional()
      .meta({ description: 'step_up of a session without an action: its new proof, what goes into X-Session-Token' }),
  })
  .meta({ id: 'Verified' })
export type Verified = z.output<typeof Verified>

export const Question = z
  .object({
    factor_id: idOf('fac'),
    expires_at: Time,
    sent_to: z.string().optional().meta({ description: 'Where the code went, masked' }),
    number: z.string().optional().meta({ description: 'push: to be shown, and typed on the device' }),
    resend_after: Time.optional().meta({ description: 'Before this time no other code goes there' }),
    options: PasskeyRequestOptions.optional(),
  })
  .meta({ id: 'Question' })

export const Authenticated = z
  .object({
    status: z.literal('authenticated'),
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.number().int(),
    refresh_token: z.string().optional().meta({ description: 'Good once, for the next access token' }),
    session_token: z
      .string()
      .optional()
      .meta({ description: 'Says that a second factor is proven: what goes into X-Session-Token' }),
    session_id: idOf('ses'),
    user: User,
    device_token: z.string().optional().meta({
      description:
        'Keep it on the device (in a cookie) and send it as end_user.device_token: strangers cannot lock it out',
    }),
    recovery: z
      .object({ codes_left: z.number().int() })
      .optional()
      .meta({ description: 'Present when a recovery code was used: no second factor is proven; enrol a new one now' }),
  })
  .meta({ id: 'Authenticated' })
export type Authenticated = z.output<typeof Authenticated>

export const MfaEnrollmentRequired = z
  .object({
    status: z.literal('mfa_enrollment_required'),
    access_token: z.string().meta({ description: 'For setting up a factor, and for nothing else' }),
    token_type: z.literal('Bearer'),
    expires_in: z.number().int(),
    session_id: idOf('ses'),
    user: User,
  })
  .meta({ id: 'MfaEnrollmentRequired' })

export const MfaRequired = z
  .object({ status: z.literal('mfa_required'), challenge: Challenge })
  .meta({ id: 'MfaRequired' })

/** What a person, or their browser for them, solves before a sign-in is judged. */
export const CaptchaTask = z
  .discriminatedUnion('provider', [
    z.object({
      provider: z.literal('pow'),
      challenge: z.string(),
      bits: z.number().int(),
      iterations: z.number().int(),
      expires_at: Time,
    }),
    z.object({
      provider: z.enum(['recaptcha_v3', 'turnstile', 'hcaptcha']),
      site_key: z.string(),
      action: z.literal('login').meta({ description: 'What the widget is to be told; hCaptcha knows no actions' }),
    }),
  ])
  .meta({ id: 'CaptchaTask', description: 'pow: solveCaptcha of the SDK. Others: the widget of the provider' })
export type CaptchaTask = z.output<typeof CaptchaTask>
/** A proven presence that is alive. */
export const Session = z
  .object({
    id: idOf('ses'),
    user_id: idOf('usr'),
    client_id: idOf('cli'),
    amr: z.array(z.string()),
    acr: z.enum(['aal1', 'aal2', 'aal3', 'recovery']),
    created_at: Time,
    last_active_at: Time.meta({ description: 'When a token was refreshed or a second factor was used last' }),
    mfa_at: Time.nullable().meta({ description: 'When a second factor was proven last' }),
    expires_at: Time.meta({ description: 'When it ends if nobody refreshes it' }),
    ip_address: z.string().nullable(),
    user_agent: z.string().nullable(),
  })
  .meta({ id: 'Session' })
export type Session = z.output<typeof Session>

/** The claims of an access token: RFC 7519, RFC 9068, and `security`. `sub` is a number for clients that ask for it. */
export const Claims = z
  .object({
    iss: z.string(),
    sub: z.union([z.string(), z.number()]),
    aud: z.string(),
    email: z.string().optional().meta({ description: 'Left out for users without an e-mail address' }),
    role: z.string(),
    client_id: z.string(),
    iat: z.number().int(),
    exp: z.number().int(),
    jti: z.string(),
    sid: idOf('ses'),
    amr: z.array(z.string()),
    acr: z.enum(['aal1', 'aal2', 'aal3', 'recovery']),
    auth_time: z.number().int(),
    security: z.object({ '2fa_verified': z.boolean(), ip: z.string().nullable() }),
  })
  .meta({ id: 'Claims' })
export type Claims = z.output<typeof Claims>

export const AuditEvent = z
  .object({
    id: idOf('evt'),
    timestamp: Time,
    type: z.string(),
    action: z.string(),
    outcome: z.enum(['success', 'failure', 'refused']),
    actor: z.string(),
    user_id: z.string().nullable(),
    email: z.string().nullable(),
    ip_address: z.string().nullable(),
    user_agent: z.string().nullable(),
    geo_location: z.string().nullable(),
    client_system: z.string().nullable(),
    session_id: z.string().nullable(),
    request_id: z.string().nullable(),
    data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    position: z.number().nullable().meta({ description: 'Its place in the sealed log; null until it is sealed' }),
  })
  .meta({ id: 'AuditEvent' })
export type AuditEvent = z.output<typeof AuditEvent>

export const RateLimits = z.partialRecord(z.enum(clientLimits), z.number().int().min(1).max(1_000_000)).meta({
  description: 'Requests in a minute by class and source, where they differ from the policy, and in total',
})

/** A client application: nothing secret. */
export const Client = z
  .object({
    id: idOf('cli'),
    slug: ClientSlug,
    name: z.string(),
    tenant: z.string(),
    status: z.enum(['active', 'disabled']),
    allow: z.array(z.string()).meta({ description: 'Addresses and networks that may call; any for all' }),
    scopes: z.array(z.enum(scopes)),
    schemes: z.array(z.enum(clientSchemes)).meta({ description: 'How it may sign, and oauth if it may fetch tokens' }),
    public_keys: z.array(PublicKey).meta({ description: 'Keys that sign its client assertions (RFC 7523)' }),
    redirect_uris: z.array(z.string()).meta({ description: 'Where browsers come back to from the hosted sign-in' }),
    numeric_sub: z.boolean().meta({ description: 'Gives sub in tokens as a number' }),
    local_verification: z.boolean().meta({
      description: 'May read the keys of its tokens and verify them itself. Off: those that were read are void',
    }),
    limits: RateLimits,
    created_at: Time,
  })
  .meta({ id: 'Client' })
export type Client = z.output<typeof Client>

const secretFields = {
  id: idOf('sec'),
  last_four: z.string(),
  created_at: Time,
  expires_at: Time.nullable().meta({ description: 'When it ends, after another one has taken its place' }),
  last_used_at: Time.nullable().meta({ description: 'To the hour' }),
  age: z
    .enum(['fresh', 'due', 'overdue'])
    .meta({ description: 'due: rotate it now; overdue: the time for that has passed. It goes on working' }),
}

/** What signs the access tokens of one client. Whoever has it can make tokens that the client's own verifiers take for ours. */
export const TokenKey = z
  .object({
    id: z.string().meta({ description: '`kid` in the header of a token' }),
    alg: z.literal('HS256'),
    key: z.string().meta({ description: 'base64url, 256 bits' }),
  })
  .meta({ id: 'TokenKey' })
export type TokenKey = z.output<typeof TokenKey>

export const Revocation = z.object({ session_id: idOf('ses'), ended_at: Time }).meta({ id: 'Revocation' })
export type Revocation = z.output<typeof Revocation>

/** A live secret of a client, without the secret. */
export const ClientSecret = z.object(secretFields).meta({ id: 'ClientSecret' })
export type ClientSecret = z.output<typeof ClientSecret>

export const IssuedSecret = z
  .object({ ...secretFields, value: z.string().meta({ description: 'Shown this once' }) })
  .meta({ id: 'IssuedSecret' })
export type IssuedSecret = z.output<typeof IssuedSecret>
const hashes = z.array(z.string()).meta({ description: 'SHA-256, base64, in the order of RFC 6962' })

export const LogCheckpoint = z
  .object({
    checkpoint: z.string().meta({ description: 'The signed note: origin, size, root, signature' }),
    size: z.number(),
    root: z.string().meta({ description: 'base64' }),
    sealed_at: Time,
    verifier_key: z.string().meta({ description: 'The public key (C2SP vkey). Keep a copy of your own' }),
  })
  .meta({ id: 'LogCheckpoint' })
export type LogCheckpoint = z.output<typeof LogCheckpoint>

export const InclusionProof = z
  .object({
    position: z.number(),
    size: z.number(),
    leaf: z.string().meta({ description: 'The text whose hash, after a byte 00, is the leaf' }),
    hashes,
    checkpoint: z.string(),
    opening: z
      .object({ salt: z.string(), fields: z.array(z.string().nullable()) })
      .nullable()
      .meta({ description: 'What the commitment at the end of `leaf` is to; null when the person was erased' }),
  })
  .meta({ id: 'InclusionProof' })

export const ConsistencyProof = z.object({ from: z.number(), to: z.number(), hashes }).meta({ id: 'ConsistencyProof' })
