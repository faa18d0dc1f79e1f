import { z } from 'zod'
import { Nonce, Time, text } from './fields.ts'
import { channelNames, languages, type MessageKind, messages } from './messages.ts'
import { operation } from './operation.ts'
import { pushTransports } from './push-operations.ts'

const count = z.number().int()

export const getPushDeliveries = operation({
  id: 'getPushDeliveries',
  summary: 'How many of the requests to devices have reached them, by transport. Thirty days are kept',
  method: 'GET',
  path: '/v1/push/deliveries',
  caller: 'client',
  scope: 'audit:read',
  rate: 'other',
  status: 200,
  input: z.strictObject({ since: Time.optional(), until: Time.optional() }),
  output: z.object({
    since: Time,
    until: Time,
    transports: z.array(
      z.object({
        transport: z.enum(pushTransports),
        asked: count,
        accepted: count.nullable().meta({ description: 'Taken over by the push service' }),
        failed: count.nullable().meta({ description: 'Not taken over until the request was over' }),
        delivered: count.meta({ description: 'The device has fetched the request while it waited' }),
        late: count.meta({ description: 'The device came when the request was over' }),
        missed: count.meta({ description: 'The device never came' }),
        waiting: count,
        delivery_rate: z.number().nullable().meta({ description: 'Delivered, of all that do not wait any more' }),
        average_ms: count.nullable().meta({ description: 'From the request to its fetching, of those delivered' }),
      }),
    ),
  }),
  problems: [],
})

export const listMessageCounts = operation({
  id: 'listMessageCounts',
  summary: 'How many messages of each kind went out on each way, and how many did not. Thirty days are kept',
  method: 'GET',
  path: '/v1/message-counts',
  caller: 'client',
  scope: 'audit:read',
  rate: 'other',
  status: 200,
  input: z.strictObject({ since: Time.optional(), until: Time.optional() }),
  output: z.object({
    since: Time,
    until: Time,
    data: z.array(
      z.object({
        channel: z.enum(channelNames),
        kind: z.string(),
        made: count,
        sent: count.meta({ description: 'Taken over by the mail server, SMS provider or push service' }),
        failed: count,
        waiting: count,
      }),
    ),
  }),
  problems: [],
})

const kinds = Object.keys(messages) as [MessageKind, ...MessageKind[]]
const kind = z.enum(kinds)
const language = z.enum(languages)

/** The parts of a message that can be said in other words. */
const words = {
  subject: text(200),
  paragraphs: z.array(text(2000)).min(1).max(20),
  short: text(320),
  html: text(20_000),
}
const change = {
  subject: words.subject.nullable().optional(),
  paragraphs: words.paragraphs
    .nullable()
    .optional()
    .meta({ description: 'Of a mail: its text, and its HTML where that is not given' }),
  short: words.short.nullable().optional().meta({ description: 'One line: SMS and notifications' }),
  html: words.html
    .nullable()
    .optional()
    .meta({ description: 'The inside of the HTML form, well-formed, without anything that runs or loads' }),
}

export const MessageTemplate = z
  .object({
    kind,
    language,
    channels: z.array(z.enum(channelNames)),
    values: z.array(z.string()).meta({ description: 'What its texts may speak of: `code` as {code}' }),
    subject: z.string(),
    paragraphs: z.array(z.string()),
    short: z.string().nullable(),
    html: z.string().nullable().meta({ description: 'Null where it is made of the paragraphs' }),
    own: z.array(z.enum(['subject', 'paragraphs', 'short', 'html'])).meta({ description: 'Which parts are not ours' }),
    changed_at: Time.nullable(),
  })
  .meta({ id: 'MessageTemplate' })
export type MessageTemplate = z.output<typeof MessageTemplate>

const ofTemplates = { caller: 'client', rate: 'other', status: 200 } as const

export const listTemplates = operation({
  ...ofTemplates,
  id: 'listTemplates',
  summary: 'The words of every message, as they would be sent',
  method: 'GET',
  path: '/v1/message-templates',
  scope: 'policy:read',
  input: z.strictObject({ kind: kind.optional(), language: language.optional() }),
  output: z.object({ data: z.array(MessageTemplate) }),
  problems: [],
})

export const changeTemplate = operation({
  ...ofTemplates,
  id: 'changeTemplate',
  summary: 'Say a message in other words. A part that is null is ours again; a text that could not be sent is refused',
  method: 'PATCH',
  path: '/v1/message-templates/{kind}/{language}',
  scope: 'policy:write',
  input: z.strictObject({ ...Nonce, kind, language, ...change, reason: text(500) }),
  output: MessageTemplate,
  problems: ['version_conflict'],
})

export const previewTemplate = operation({
  ...ofTemplates,
  id: 'previewTemplate',
  summary: 'How a message would look in these words, with made-up values. Nothing is kept or sent',
  method: 'POST',
  path: '/v1/message-templates/preview',
  scope: 'policy:read',
  input: z.strictObject({ ...Nonce, kind, language, ...change }),
  output: z.object({
    subject: z.string().nullable(),
    text: z.string().nullable(),
    html: z.string().nullable(),
    short: z.string().nullable(),
  }),
  problems: [],
})

/** What leaves the house, in the order of the documentation. */
export const messageOperations = [
  getPushDeliveries,
  listMessageCounts,
  listTemplates,
  changeTemplate,
  previewTemplate,
] as const
