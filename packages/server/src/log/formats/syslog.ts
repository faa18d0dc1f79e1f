import type { AuditEvent } from '@gatehouse/contract/resources'
import { onOneLine } from './on-one-line.ts'

/** Facility `authpriv` (RFC 5424 section 6.2.1); severity informational, notice or warning. */
const facility = 10
const severities = { success: 6, refused: 5, failure: 4 } as const

/** The private enterprise number of RFC 5612 for documentation: we have none of our own. */
const structureId = 'gatehouse@32473'

const parameters = [
  'outcome',
  'user_id',
  'email',
  'ip_address',
  'geo_location',
  'client_system',
  'actor',
  'session_id',
  'request_id',
  'position',
] as const satisfies readonly (keyof AuditEvent)[]

/**
 * An event as a message of RFC 5424: what can be searched in structured data, all of it as JSON in the message. `host` is the name of
 * the machine or service that sends it.
 */
export function syslogMessage(event: AuditEvent, host = '-'): string {
  const priority = facility * 8 + severities[event.outcome]
  const structured = parameters
    .flatMap((name) => (event[name] === null ? [] : [` ${name}="${escapeValue(String(event[name]))}"`]))
    .join('')
  const head = `<${priority}>1 ${event.timestamp} ${host} gatehouse - ${event.action.slice(0, 32)}`
  return `${head} [${structureId}${structured}] ${onOneLine(JSON.stringify(event))}`
}

/** Section 6.3.3: these three are escaped; control characters have no place here. */
function escapeValue(value: string): string {
  return onOneLine(value).replace(/["\\\]]/g, '\\$&')
}
