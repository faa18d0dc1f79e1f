import { z } from 'zod'
import { idOf, Nonce, Page, pageOf, Time, text } from './fields.ts'
import { operation } from './operation.ts'
import { policy } from './policy.ts'
import { WebhookDelivery, WebhookEndpoint, WebhookEvent, WebhookFilter } from './webhook-events.ts'

const endpointId = { id: idOf('whe') }
const deliveryId = { id: idOf('whd') }
const reading = { method: 'GET', caller: 'client', scope: 'webhooks:read', rate: 'other', status: 200 } as const
const writing = { caller: 'client', scope: 'webhooks:write', rate: 'other' } as const

const url = text(2048).meta({
  description: 'https, to a name or an address of the Internet. Networks inside must be listed by the operator',
  examples: ['https://example.org/hooks/gatehouse'],
})
const filter = z.array(WebhookFilter).min(1).max(50).meta({ description: 'Types of events, `user.*`, or `*` for all' })
const description = text(200)

const WebhookSecret = z.object({
  value: z.string().meta({ description: 'Shown this once' }),
  last_four: z.string(),
  created_at: Time,
})

export const createWebhookEndpoint = operation({
  ...writing,
  id: 'createWebhookEndpoint',
  summary: 'Have events sent to an address, with its first secret, which is shown this once',
  method: 'POST',
  path: '/v1/webhook-endpoints',
  status: 201,
  input: z.strictObject({ ...Nonce, url, events: filter, description: description.optional() }),
  output: z.object({ endpoint: WebhookEndpoint, secret: WebhookSecret }),
  problems: ['webhook_url_refused', 'webhook_endpoint_limit'],
})

export const getWebhookEndpoint = operation({
  ...reading,
  id: 'getWebhookEndpoint',
  summary: 'Read a webhook endpoint',
  path: '/v1/webhook-endpoints/{id}',
  input: z.strictObject(endpointId),
  output: WebhookEndpoint,
  problems: ['not_found'],
})

export const listWebhookEndpoints = operation({
  ...reading,
  id: 'listWebhookEndpoints',
  summary: 'List webhook endpoints, newest first',
  path: '/v1/webhook-endpoints',
  input: z.strictObject(Page),
  output: pageOf(WebhookEndpoint),
  problems: [],
})

export const changeWebhookEndpoint = operation({
  ...writing,
  id: 'changeWebhookEndpoint',
  summary:
    'Change a webhook endpoint. What waits for a disabled one is sent when it is active again within its 72 hours',
  method: 'PATCH',
  path: '/v1/webhook-endpoints/{id}',
  status: 200,
  input: z.strictObject({
    ...Nonce,
    ...endpointId,
    url: url.optional(),
    events: filter.optional(),
    description: description.optional(),
    status: z.enum(['active', 'disabled']).optional(),
  }),
  output: WebhookEndpoint,
  problems: ['not_found', 'webhook_url_refused', 'version_conflict'],
})

export const removeWebhookEndpoint = operation({
  ...writing,
  id: 'removeWebhookEndpoint',
  summary: 'Remove a webhook endpoint. What waits for it is not sent',
  method: 'DELETE',
  path: '/v1/webhook-endpoints/{id}',
  status: 200,
  input: z.strictObject({ ...Nonce, ...endpointId }),
  output: z.strictObject({}),
  problems: ['not_found', 'version_conflict'],
})

export const rotateWebhookSecret = operation({
  ...writing,
  id: 'rotateWebhookSecret',
  summary: 'Give a webhook endpoint a new secret, shown this once. Until the overlap ends, both sign',
  method: 'POST',
  path: '/v1/webhook-endpoints/{id}/secrets',
  status: 201,
  input: z.strictObject({
    ...Nonce,
    ...endpointId,
    overlap_seconds: z
      .number()
      .int()
      .min(0)
      .max(policy.webhookSecretOverlapSeconds.max)
      .optional()
      .meta({ description: 'How long the old secret goes on signing; a day unless it is said. 0 ends all old ones' }),
  }),
  output: z.object({ endpoint: WebhookEndpoint, secret: WebhookSecret }),
  problems: ['not_found', 'webhook_secret_overlap', 'version_conflict'],
})

export const testWebhookEndpoint = operation({
  ...writing,
  id: 'testWebhookEndpoint',
  summary: 'Send a sample to a webhook endpoint: an event of this type that has not happened',
  method: 'POST',
  path: '/v1/webhook-endpoints/{id}/test',
  status: 202,
  input: z.strictObject({
    ...Nonce,
    ...endpointId,
    type: WebhookFilter.refine((name) => !name.endsWith('*'), { message: 'must be one type of event' }).optional(),
  }),
  output: WebhookDelivery,
  problems: ['not_found', 'webhook_endpoint_off'],
})

export const replayWebhookEndpoint = operation({
  ...writing,
  id: 'replayWebhookEndpoint',
  summary: 'Send everything again that was not taken since then, up to 1000 deliveries at a time',
  method: 'POST',
  path: '/v1/webhook-endpoints/{id}/replay',
  status: 202,
  input: z.strictObject({ ...Nonce, ...endpointId, since: Time }),
  output: z.object({
    replayed: z.number().int(),
    has_more: z.boolean().meta({ description: 'Call it again until this is false' }),
  }),
  problems: ['not_found', 'webhook_endpoint_off'],
})

export const listWebhookDeliveries = operation({
  ...reading,
  id: 'listWebhookDeliveries',
  summary: 'List deliveries of the last 30 days with their attempts, newest first',
  path: '/v1/webhook-deliveries',
  input: z.strictObject({
    ...Page,
    endpoint_id: idOf('whe').optional(),
    status: z.enum(['pending', 'delivered', 'failed']).optional(),
  }),
  output: pageOf(WebhookDelivery),
  problems: [],
})

export const getWebhookDelivery = operation({
  ...reading,
  id: 'getWebhookDelivery',
  summary: 'Read a delivery: what was sent, and what came back of each attempt',
  path: '/v1/webhook-deliveries/{id}',
  input: z.strictObject(deliveryId),
  output: WebhookDelivery.extend({ payload: WebhookEvent }),
  problems: ['not_found'],
})

export const replayWebhookDelivery = operation({
  ...writing,
  id: 'replayWebhookDelivery',
  summary: 'Send a delivery again, under the same webhook-id, taken or not',
  method: 'POST',
  path: '/v1/webhook-deliveries/{id}/replay',
  status: 202,
  input: z.strictObject({ ...Nonce, ...deliveryId }),
  output: WebhookDelivery,
  problems: ['not_found', 'webhook_endpoint_off', 'version_conflict'],
})

export const webhookOperations = [
  createWebhookEndpoint,
  getWebhookEndpoint,
  listWebhookEndpoints,
  changeWebhookEndpoint,
  removeWebhookEndpoint,
  rotateWebhookSecret,
  testWebhookEndpoint,
  replayWebhookEndpoint,
  listWebhookDeliveries,
  getWebhookDelivery,
  replayWebhookDelivery,
] as const
