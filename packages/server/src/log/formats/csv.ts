import type { AuditEvent } from '@gatehouse/contract/resources'

const columns = [
  'timestamp',
  'action',
  'outcome',
  'type',
  'user_id',
  'email',
  'ip_address',
  'geo_location',
  'user_agent',
  'client_system',
  'actor',
  'session_id',
  'request_id',
  'data',
  'position',
  'id',
] as const satisfies readonly (keyof AuditEvent)[]

/** The names of the columns. */
export const csvHeader = `${columns.join(',')}\r\n`

/** An event as a line of RFC 4180. */
export function csvLine(event: AuditEvent): string {
  const cells = columns.map((name) => {
    const value = event[name]
    return quote(typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? ''))
  })
  return `${cells.join(',')}\r\n`
}

function quote(cell: string): string {
  return `"${disarm(cell).replaceAll('"', '""')}"`
}

/**
 * What a spreadsheet would take for a formula: at the beginning of a cell, and behind what some programs take for the
 * end of one, an apostrophe is put before `=`, `+`, `-`, `@`, tab and line ends, also in full width.
 */
function disarm(cell: string): string {
  return cell.replace(/(?<=^|[;\t\r\n])('*)(?=[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])/gu, "$1'")
}
