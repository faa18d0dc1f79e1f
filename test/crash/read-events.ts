import { listAuditEvents } from '@gatehouse/contract/log-operations'
import type { AuditEvent } from '@gatehouse/contract/resources'
import type { Connection } from './connection.ts'
import { type Credentials, signRequest } from './signed-request.ts'

/** The record through the API, page by page, newest first, down to the event `until`; to the first one without it. */
export async function readEvents(
  connection: Connection,
  credentials: Credentials,
  until?: AuditEvent['id'],
): Promise<AuditEvent[]> {
  const events: AuditEvent[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const input = { limit: 200, ...(cursor && { cursor }) }
    const answer = await connection.send(signRequest(credentials, listAuditEvents, input, ''), 'read-events')
    if (answer?.status !== 200) throw new Error(`The record cannot be read: ${JSON.stringify(answer)}`)
    const page = listAuditEvents.output.parse(answer.body)
    for (const event of page.data) {
      if (event.id === until) return events
      events.push(event)
    }
    cursor = page.next_cursor
  }
  return events
}
