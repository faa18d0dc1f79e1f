import { z } from 'zod'
import { type EventType, events } from './events.ts'
import { idOf, Time } from './fields.ts'

/**
 * What no webhook tells. Of refused requests anybody can make as many as they like, and each would call every endpoint; what
 * happens to webhooks themselves would bring more of the same.
 */
function isTold(type: string): boolean {
  return !(type === 'request.refused' || type === 'refusals.counted' || type.startsWith('webhook'))
}

/** The events that an endpoint can ask for. */
export const webhookTypes = (Object.keys(events) as EventType[]).filter(isTold)

const nouns = [...new Set(webhookTypes.map((type) => `${type.split('.', 1)[0]}.*`))]

/** One entry of an endpoint's filter: one type, all of a noun (`user.*`), or `*` for everything. */
export const WebhookFilter = z.enum(['*', ...nouns, ...webhookTypes])
export type WebhookFilter = z.output<typeof WebhookFilter>

/** The type that a request for a sample names, and that only samples have. */
export const sampleType = 'webhook.test'

/** What an endpoint gets: the body of a delivery. */
export const WebhookEvent = z
  .object({
    id: z
      .string()
      .meta({ description: 'The same at every attempt and replay: what the receiver goes by to take it once' }),
    type: z.string(),
    timestamp: Time,
    data: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .meta({ description: 'Ids and words: no secret, no code, and nothing of a person but their id' }),
  })
  .meta({ id: 'WebhookEvent' })
export type WebhookEvent = z.output<typeof WebhookEvent>

/** A place that events are sent to. */
export const WebhookEndpoint = z
  .object({
    id: idOf('whe'),
    url: z.string(),
    description: z.string().nullable(),
    events: z.array(z.string()).meta({ description: 'Types, `noun.*`, or `*`' }),
    status: z.enum(['active', 'disabled']),
    disabled_reason: z.enum(['request', 'gone', 'failing']).nullable().meta({
      description: 'request: by the API; gone: it answered 410; failing: a delivery failed for all of its time',
    }),
    failing_since: Time.nullable().meta({ description: 'Since when every attempt has failed' }),
    secrets: z
      .array(z.object({ last_four: z.string(), created_at: Time, expires_at: Time.nullable() }))
      .meta({ description: 'Newest first; two while one takes the place of the other' }),
    created_at: Time,
  })
  .meta({ id: 'WebhookEndpoint' })
export type WebhookEndpoint = z.output<typeof WebhookEndpoint>

/** Why an attempt failed. */
const deliveryFailures = [
  'status',
  'redirect',
  'timeout',
  'unreachable',
  'name_not_found',
  'address_not_allowed',
  'tls',
  'bad_answer',
  'error',
] as const

const DeliveryAttempt = z.object({
  at: Time,
  duration_ms: z.number().int(),
  status: z.number().int().nullable().meta({ description: 'The HTTP status that came back; null when none did' }),
  failure: z.enum(deliveryFailures).nullable().meta({ description: 'null when it was taken' }),
})
export type DeliveryAttempt = z.output<typeof DeliveryAttempt>

/** One event on its way to one endpoint. */
export const WebhookDelivery = z
  .object({
    id: idOf('whd'),
    endpoint_id: idOf('whe'),
    event_id: z.string().meta({ description: 'What goes out as webhook-id' }),
    event_type: z.string(),
    status: z
      .enum(['pending', 'delivered', 'failed'])
      .meta({ description: 'failed: all attempts were in vain; it is not tried again unless somebody replays it' }),
    created_at: Time,
    next_attempt_at: Time.nullable(),
    attempts: z.array(DeliveryAttempt).meta({ description: 'The newest last; 20 at most' }),
  })
  .meta({ id: 'WebhookDelivery' })
export type WebhookDelivery = z.output<typeof WebhookDelivery>
