import { type EventType, events } from '@gatehouse/contract/events'
import type { AuditEvent } from '@gatehouse/contract/resources'
import type { Schema } from '../storage/schema.ts'

/** An event as the API shows it. */
export function showEvent(row: Omit<Schema['event'], 'seq' | 'salt' | 'commitment' | 'address_key'>): AuditEvent {
  const kind = events[row.type as EventType]
  return {
    id: row.id,
    timestamp: new Date(row.at).toISOString(),
    type: row.type,
    action: kind.action,
    outcome: kind.outcome,
    actor: row.actor,
    user_id: row.user_id,
    email: row.email,
    ip_address: row.ip_address,
    user_agent: row.user_agent,
    geo_location: row.geo_location,
    client_system: row.client_system,
    session_id: row.session_id,
    request_id: row.request_id,
    data: JSON.parse(row.data),
    position: row.position,
  }
}
