import { z } from 'zod'
import { Action } from './action.ts'
import { idOf, Time, text } from './fields.ts'
import { operation } from './operation.ts'
import { PublicKey } from './public-key.ts'
import { Challenge } from './resources.ts'

/**
 * What a device does that approves sign-ins. Nobody vouches for its calls: each brings a signature of the device's own key
 * over what it asks, which the operation judges (`docs/push.md`).
 */
const ofDevices = { caller: 'public', scope: 'own', rate: 'devices', method: 'POST' } as const

/** A public key, as WebCrypto exports it (JWK, RFC 7517), with nothing but the key. */
export const DeviceKey = PublicKey
export type DeviceKey = z.output<typeof DeviceKey>

/** Both kinds of keys sign in 64 bytes: ECDSA as r and s (IEEE P1363), and EdDSA. */
const signed = {
  time: z.number().int().min(0).max(99_999_999_999).meta({ description: 'Unix seconds, at most 300 off' }),
  signature: z
    .string()
    .regex(/^[A-Za-z0-9_-]{86}$/)
    .meta({ description: 'By the key of the device, base64url' }),
}

/** How a device hears that a request waits: a push service wakes it, or it asks by itself (`polling`). */
export const pushTransports = ['web_push', 'fcm', 'polling'] as const
export type PushTransport = (typeof pushTransports)[number]

export const pairDevice = operation({
  ...ofDevices,
  id: 'pairDevice',
  summary: 'Make a device the one that a pairing code waits for',
  path: '/v1/push/pair',
  status: 201,
  input: z.strictObject({
    code: z.string().min(1).max(64),
    public_key: DeviceKey,
    name: text(64).optional().meta({ description: 'What its owner calls the device' }),
    ...signed,
  }),
  output: z.object({
    device_id: idOf('fac'),
    confirmation: z
      .string()
      .meta({ description: 'For its owner to type where the pairing code was shown: it activates the factor' }),
    service: z.string(),
    account: z.string(),
  }),
  problems: ['pairing_code_invalid', 'device_not_accepted'],
})

export const listPushRequests = operation({
  ...ofDevices,
  id: 'listPushRequests',
  summary: 'What waits for the answer of a device. Never the number',
  path: '/v1/push/requests',
  status: 200,
  input: z.strictObject({ device_id: idOf('fac'), ...signed }),
  output: z.object({
    transport: z.enum(pushTransports).meta({ description: 'How the device is told of requests' }),
    data: z.array(
      z.object({
        id: idOf('qst'),
        purpose: Challenge.shape.purpose,
        action: Action.nullable(),
        application: z.string(),
        ip_address: z.string().nullable(),
        user_agent: z.string().nullable(),
        created_at: Time,
        expires_at: Time,
      }),
    ),
  }),
  problems: ['device_not_accepted'],
})

export const answerPushRequest = operation({
  ...ofDevices,
  id: 'answerPushRequest',
  summary: 'Approve a request with the number that the sign-in shows, or deny it',
  path: '/v1/push/requests/{id}/answer',
  status: 200,
  input: z.strictObject({
    id: idOf('qst'),
    device_id: idOf('fac'),
    decision: z.enum(['approve', 'deny']),
    number: z
      .string()
      .regex(/^[0-9]{2}$/)
      .optional()
      .meta({ description: 'Needed to approve' }),
    ...signed,
  }),
  output: z.object({ decision: z.enum(['approve', 'deny']) }),
  problems: ['device_not_accepted', 'challenge_expired', 'mfa_code_invalid', 'too_many_attempts'],
})

const key = (bytes: number) => z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((bytes * 4) / 3)}}$`))

/** Where a device is reached. What a browser gives out (RFC 8030, RFC 8291), or the token of an app (Firebase). */
export const PushSubscription = z.discriminatedUnion('transport', [
  z.strictObject({
    transport: z.literal('web_push'),
    endpoint: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .regex(/^[!-~]+$/),
    p256dh: key(65).meta({ description: 'The public key of the browser, base64url' }),
    auth: key(16).meta({ description: 'What the browser shares with us alone, base64url' }),
  }),
  z.strictObject({
    transport: z.literal('fcm'),
    token: z.string().regex(/^[!-~]{1,4096}$/),
  }),
  z.strictObject({ transport: z.literal('polling') }),
])
export type PushSubscription = z.output<typeof PushSubscription>

/** A subscription as a device signs it. */
export function fieldsOfSubscription(subscription: PushSubscription): readonly string[] {
  if (subscription.transport === 'web_push') {
    return ['web_push', subscription.endpoint, subscription.p256dh, subscription.auth]
  }
  return subscription.transport === 'fcm' ? ['fcm', subscription.token] : ['polling']
}

export const subscribeDevice = operation({
  ...ofDevices,
  id: 'subscribeDevice',
  summary: 'Say how a device is told that a request waits. It may ask by itself whatever it says',
  path: '/v1/push/subscription',
  status: 200,
  input: z.strictObject({ device_id: idOf('fac'), subscription: PushSubscription, ...signed }),
  output: z.object({ transport: z.enum(pushTransports) }),
  problems: ['device_not_accepted', 'push_service_not_allowed', 'version_conflict'],
})

export const getPushTransports = operation({
  ...ofDevices,
  id: 'getPushTransports',
  summary: 'How devices can be told that a request waits',
  method: 'GET',
  path: '/v1/push/transports',
  status: 200,
  input: z.strictObject({}),
  output: z.object({
    web_push: z
      .object({ public_key: z.string() })
      .nullable()
      .meta({ description: 'What a browser binds its subscription to (applicationServerKey, base64url)' }),
    fcm: z.object({ project_id: z.string() }).nullable(),
  }),
  problems: [],
})

/** The operations of devices, in the order of the documentation. */
export const pushOperations = [
  pairDevice,
  listPushRequests,
  answerPushRequest,
  subscribeDevice,
  getPushTransports,
] as const
