import { createHash, generateKeyPairSync, type KeyObject, sign, type webcrypto } from 'node:crypto'
import type { Action } from '@gatehouse/contract/action'
import type { PushSubscription } from '@gatehouse/contract/push-operations'

/** Where a device calls, and what it takes the time to be. */
export interface PushDeviceOptions {
  /** The server. */
  readonly url: string
  readonly now?: () => Date
  /** What its key is; a browser makes P-256 unless it knows better. */
  readonly keyType?: 'P-256' | 'Ed25519'
}

/** What a request tells of a sign-in. */
export interface ShownRequest {
  readonly id: string
  readonly purpose: string
  readonly action: Action | null
  readonly application: string
  readonly ip_address: string | null
  readonly user_agent: string | null
  readonly created_at: string
  readonly expires_at: string
}

export interface DeviceAnswer {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
}

/** What an honest device would not send. */
export interface PushQuirks {
  /** Sent in place of what was signed. */
  readonly sent?: Readonly<Record<string, unknown>>
  /** Signs with a key that nobody has registered. */
  readonly otherKey?: true
  /** Seconds that its clock is ahead. */
  readonly skewSeconds?: number
}

/** A device that approves sign-ins, without a device. */
export interface VirtualPushDevice {
  /** Whose it is, once it is paired. */
  readonly id: string | undefined
  /**
   * Becomes the device of an enrolment.
   * @returns the digits that activate it
   */
  pair(code: string): Promise<string>
  tryToPair(code: string, quirks?: PushQuirks): Promise<DeviceAnswer>
  /** How it could be told of requests. */
  transports(): Promise<DeviceAnswer>
  /** Says how it is told of requests; until then it asks by itself. */
  subscribe(subscription: PushSubscription, quirks?: PushQuirks): Promise<DeviceAnswer>
  /** What waits for an answer. */
  requests(): Promise<readonly ShownRequest[]>
  approve(requestId: string, number: string, quirks?: PushQuirks): Promise<DeviceAnswer>
  deny(requestId: string, quirks?: PushQuirks): Promise<DeviceAnswer>
  /** What it would answer, for tests of the factor itself. */
  sign(requestId: string, decision: 'approve' | 'deny', number: string): SignedAnswer
  /** Its public key (JWK). */
  readonly publicKey: webcrypto.JsonWebKey
}

interface SignedAnswer {
  readonly deviceId: string
  readonly requestId: string
  readonly decision: 'approve' | 'deny'
  readonly number: string
  readonly time: number
  readonly signature: string
}

/**
 * A device for push approval, for tests and demonstrations. It shares no code with the server, so that a mistake cannot hide
 * by being made twice.
 *
 * ```ts
 * const device = virtualPushDevice({ url: server.url, now: server.clock.now })
 * await gatehouse.factors.activate({ id: factor.id, code: await device.pair(enrollment.pairing_code) })
 * const [request] = await device.requests()
 * await device.approve(request.id, number)
 * ```
 */
export function virtualPushDevice(options: PushDeviceOptions): VirtualPushDevice {
  const { url, now = () => new Date(), keyType = 'P-256' } = options
  const pair = keyType === 'P-256' ? newEcPair() : generateKeyPairSync('ed25519')
  const publicKey = pair.publicKey.export({ format: 'jwk' })
  let id: string | undefined

  const timeOf = ({ skewSeconds = 0 }: PushQuirks = {}) => Math.floor(now().getTime() / 1000) + skewSeconds

  function signed(kind: string, fields: readonly string[], quirks: PushQuirks = {}) {
    const time = timeOf(quirks)
    const text = ['gatehouse-push-v1', kind, ...fields, String(time)].join('\n')
    const key = quirks.otherKey ? newEcPair().privateKey : pair.privateKey
    return { time, signature: signText(key, text) }
  }

  async function call(path: string, body: Readonly<Record<string, unknown>>): Promise<DeviceAnswer> {
    const answer = await fetch(new URL(path, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: answer.status, json: (await answer.json()) as DeviceAnswer['json'] }
  }

  function answer(requestId: string, decision: 'approve' | 'deny', number: string, quirks: PushQuirks = {}) {
    return call(`/v1/push/requests/${requestId}/answer`, {
      device_id: id,
      decision,
      ...(number !== '' && { number }),
      ...signed('answer', [String(id), requestId, decision, number], quirks),
      ...quirks.sent,
    })
  }

  async function tryToPair(code: string, quirks: PushQuirks = {}): Promise<DeviceAnswer> {
    const body = { code, public_key: publicKey, name: 'Virtual device' }
    return call('/v1/push/pair', {
      ...body,
      ...signed('pair', [code, thumbprintOf(publicKey)], quirks),
      ...quirks.sent,
    })
  }

  return {
    get id() {
      return id
    },
    publicKey,
    tryToPair,
    async pair(code) {
      const { status, json } = await tryToPair(code)
      if (status !== 201) throw new Error(`The device was not paired: ${JSON.stringify(json)}`)
      id = String(json['device_id'])
      return String(json['confirmation'])
    },
    async transports() {
      const answer = await fetch(new URL('/v1/push/transports', url))
      return { status: answer.status, json: (await answer.json()) as DeviceAnswer['json'] }
    },
    subscribe: (subscription, quirks = {}) =>
      call('/v1/push/subscription', {
        device_id: id,
        subscription,
        ...signed('subscribe', [String(id), ...Object.values(subscription)], quirks),
        ...quirks.sent,
      }),
    async requests() {
      const { status, json } = await call('/v1/push/requests', { device_id: id, ...signed('list', [String(id)]) })
      if (status !== 200) throw new Error(`The device was not answered: ${JSON.stringify(json)}`)
      return json['data'] as readonly ShownRequest[]
    },
    approve: (requestId, number, quirks) => answer(requestId, 'approve', number, quirks),
    deny: (requestId, quirks) => answer(requestId, 'deny', '', quirks),
    sign: (requestId, decision, number) => {
      const deviceId = String(id)
      return { deviceId, requestId, decision, number, ...signed('answer', [deviceId, requestId, decision, number]) }
    },
  }
}

function newEcPair() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function signText(key: KeyObject, text: string): string {
  const hash = key.asymmetricKeyType === 'ec' ? 'sha256' : null
  return sign(hash, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}

/** RFC 7638: the members that a key needs, in the order of their names. */
function thumbprintOf({ crv, kty, x, y }: webcrypto.JsonWebKey): string {
  const members = kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x }
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}
