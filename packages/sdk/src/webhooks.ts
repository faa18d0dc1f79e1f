import type { WebhookEvent } from '@gatehouse/contract/webhook-events'
import { type GatehouseError, gatehouseError, isGatehouseError } from './gatehouse-error.ts'

export { type GatehouseError, isGatehouseError, type WebhookEvent }

/** What a delivery is judged by. */
export interface VerifyWebhookOptions {
  /** The secret of the endpoint, as it was shown: `whsec_…`. Both, while one takes the place of the other. */
  readonly secret: string | readonly string[]
  /** How far the time of a delivery may be from ours: 300 unless given, 3600 at most. */
  readonly toleranceSeconds?: number | undefined
  readonly now?: (() => Date) | undefined
}

/** As `Request` has them, or as Node and its frameworks do. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>

const encoder = new TextEncoder()
/** More signatures than two are none of ours, and each costs time. */
const mostSignatures = 8

/**
 * The event that a webhook brings, if Gatehouse has sent it, lately, in these very bytes: `body` is what came, unparsed.
 * Standard Webhooks' headers are judged where they are there, else the classic ones. Keep `id`, to take an event once.
 *
 * ```ts
 * app.post('/hooks/gatehouse', express.raw({ type: 'application/json' }), async (request, response) => {
 *   const event = await verifyWebhook(request.body, request.headers, { secret: process.env.WEBHOOK_SECRET })
 *   response.sendStatus(204)
 * })
 * ```
 *
 * @throws GatehouseError with the code `signature_missing`, `signature_timestamp_out_of_range`, `signature_invalid`, or
 * `invalid_json`: answer 400 and do nothing
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  options: VerifyWebhookOptions,
): Promise<WebhookEvent> {
  const secrets = [options.secret].flat()
  if (secrets.length === 0 || secrets.some((secret) => !/^whsec_[A-Za-z0-9+/]{22,}=*$/.test(secret))) {
    throw new TypeError('verifyWebhook needs the secret of the endpoint: whsec_…')
  }
  const given = readHeaders(headers)
  if (!given) throw failure('signature_missing', 'The webhook is not signed')
  checkTime(given.timestamp, options)
  const content = typeof body === 'string' ? encoder.encode(body) : body
  const signed = join(encoder.encode(given.prefix), content)
  for (const secret of secrets) {
    const key = await importKey(given.keyOf(secret))
    for (const signature of given.signatures.slice(0, mostSignatures)) {
      // Compares in constant time.
      if (await crypto.subtle.verify('HMAC', key, signature, signed)) return parse(content)
    }
  }
  throw failure('signature_invalid', 'No signature of the webhook is good for its bytes')
}

interface Given {
  readonly timestamp: string
  /** What is signed in front of the body. */
  readonly prefix: string
  readonly signatures: readonly Uint8Array<ArrayBuffer>[]
  readonly keyOf: (secret: string) => Uint8Array<ArrayBuffer>
}

function readHeaders(headers: WebhookHeaders): Given | undefined {
  const get = (name: string): string | undefined => {
    if (headers instanceof Headers) return headers.get(name) ?? undefined
    const value = headers[name] ?? Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1]
    return typeof value === 'string' ? value : undefined
  }
  const [id, time, standard] = [get('webhook-id'), get('webhook-timestamp'), get('webhook-signature')]
  if (id !== undefined && time !== undefined && standard !== undefined) {
    const signatures = standard.split(' ').flatMap((each) => decode(/^v1,([A-Za-z0-9+/]{43}=)$/.exec(each)?.[1]))
    const keyOf = (secret: string) => decode(secret.slice('whsec_'.length))[0] ?? new Uint8Array(32)
    return { timestamp: time, prefix: `${id}.${time}.`, signatures, keyOf }
  }
  const [timestamp, classic] = [get('x-timestamp'), get('x-signature')]
  if (timestamp === undefined || classic === undefined) return undefined
  const signatures = classic.split(/, ?/).flatMap((each) => bytesOf(/^sha256=([0-9a-f]{64})$/.exec(each)?.[1]))
  return { timestamp, prefix: `${timestamp}.`, signatures, keyOf: (secret) => encoder.encode(secret) }
}

function checkTime(timestamp: string, { toleranceSeconds = 300, now = () => new Date() }: VerifyWebhookOptions): void {
  if (!(toleranceSeconds >= 1 && toleranceSeconds <= 3600)) {
    throw new TypeError(`verifyWebhook takes toleranceSeconds from 1 to 3600; it is ${toleranceSeconds}.`)
  }
  const isTime = /^[1-9]\d{0,11}$/.test(timestamp)
  if (!isTime || Math.abs(Number(timestamp) - now().getTime() / 1000) > toleranceSeconds) {
    throw failure('signature_timestamp_out_of_range', 'The time of the webhook is too far from ours')
  }
}

function parse(content: Uint8Array): WebhookEvent {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content)) as WebhookEvent
  } catch {
    throw failure('invalid_json', 'The webhook is signed and is not JSON')
  }
}

function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
}

function join(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(head.length + tail.length)
  all.set(head)
  all.set(tail, head.length)
  return all
}

/** The bytes that base64 stands for, or none. */
function decode(text: string | undefined): readonly Uint8Array<ArrayBuffer>[] {
  if (text === undefined) return []
  try {
    return [Uint8Array.from(atob(text), (character) => character.charCodeAt(0))]
  } catch {
    return []
  }
}

function bytesOf(hex: string | undefined): readonly Uint8Array<ArrayBuffer>[] {
  return hex === undefined ? [] : [Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))]
}

function failure(
  code: 'signature_missing' | 'signature_invalid' | 'signature_timestamp_out_of_range' | 'invalid_json',
  message: string,
): GatehouseError {
  const hint = 'Give the bytes as they came, before anything parses them, and the secret of this endpoint.'
  return gatehouseError({ code, message, hint })
}
