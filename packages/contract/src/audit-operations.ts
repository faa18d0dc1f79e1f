import { z } from 'zod'
import { EventSearch } from './event-search.ts'
import { operation } from './operation.ts'

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

/** All of them, in the order of the documentation. */
export const auditOperations = [exportAuditEvents] as const
