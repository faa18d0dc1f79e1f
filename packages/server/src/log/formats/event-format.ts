import type { ExportFormat } from '@gatehouse/contract/audit-operations'
import type { AuditEvent } from '@gatehouse/contract/resources'
import { csvHeader, csvLine } from './csv.ts'
import { ocsfEvent } from './ocsf.ts'
import { onOneLine } from './on-one-line.ts'
import { syslogMessage } from './syslog.ts'

/** A form to give events out in, an event a line. */
export interface EventFormat {
  readonly mediaType: string
  readonly extension: string
  /** What stands before the first event. */
  readonly head: string
  readonly line: (event: AuditEvent) => string
}

const jsonLines = { mediaType: 'application/x-ndjson', extension: 'jsonl', head: '' }

export const eventFormats: Readonly<Record<ExportFormat, EventFormat>> = {
  jsonl: { ...jsonLines, line: (event) => jsonLine(event) },
  csv: { mediaType: 'text/csv; charset=utf-8; header=present', extension: 'csv', head: csvHeader, line: csvLine },
  ocsf: { ...jsonLines, line: (event) => jsonLine(ocsfEvent(event)) },
  syslog: {
    mediaType: 'text/plain; charset=utf-8',
    extension: 'log',
    head: '',
    line: (event) => `${syslogMessage(event)}\n`,
  },
}

function jsonLine(value: unknown): string {
  return `${onOneLine(JSON.stringify(value))}\n`
}
