import { z } from 'zod'
import { EventSearch } from './event-search.ts'
import { operation } from './operation.ts'
import { AuditEvent } from './resources.ts'

/** The forms that the record is given out in. */
export const exportFormats = ['jsonl', 'csv', 'ocsf', 'syslog'] as const
export type ExportFormat = (typeof exportFormats)[number]

export const exportAuditEvents = operation({
  id: 'exportAuditEvents',
  summary: 'Read all of the record that a search finds, newest first, as a stream. On record',
  method: 'GET',
  path: '/v1/audit-events/export',
  caller: 'client',
  scope: 'audit:read',
  rate: 'other',
  status: 200,
  input: z.strictObject({
    format: z.enum(exportFormats).default('jsonl').meta({
      description:
        'jsonl: an event in each line as JSON. csv: RFC 4180, with a header. ocsf: the same as jsonl in the words of the Open Cybersecurity Schema Framework. syslog: RFC 5424',
    }),
    ...EventSearch,
  }),
  output: z.string(),
  media: ['application/x-ndjson', 'text/csv', 'text/plain'],
  problems: [],
})

export const followAuditEvents = operation({
  id: 'followAuditEvents',
  summary:
    'Read what is new on record, the oldest first. With `Accept: text/event-stream` the answer goes on, with the same in its events',
  method: 'GET',
  path: '/v1/audit-events/feed',
  caller: 'client',
  scope: 'audit:read',
  rate: 'other',
  status: 200,
  input: z.strictObject({
    position: z
      .string()
      .regex(/^\d{1,15}$/)
      .optional()
      .meta({ description: 'That of an earlier answer (or `Last-Event-ID`). Without it, the end of the sealed log' }),
  }),
  output: z.object({
    data: z.array(AuditEvent),
    position: z.string().meta({ description: 'Where to go on' }),
    has_more: z.boolean(),
  }),
  problems: [],
})

/** All of them, in the order of the documentation. */
export const auditOperations = [exportAuditEvents, followAuditEvents] as const
