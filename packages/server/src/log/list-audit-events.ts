import { type EventType, events } from '@gatehouse/contract/events'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { listAuditEvents as Contract } from '@gatehouse/contract/operations'
import type { AuditEvent } from '@gatehouse/contract/resources'
import type { Context } from '../context.ts'
import { canonicalAddress } from '../kernel/address.ts'
import { readCursor, writeCursor } from '../kernel/cursor.ts'
import { canonicalEmail } from '../users/email.ts'
import { searchEvents } from './event.store.ts'

type Row = Awaited<ReturnType<typeof searchEvents>>[number]

/** A page of the record of the caller's tenant, newest first. */
export async function listAuditEvents(ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> {
  const { limit, cursor, since, until, ip_address, email, ...equal } = input
  const filter = {
    ...equal,
    email: email && canonicalEmail(email),
    ip_address: ip_address && canonicalAddress(ip_address),
    sinceMs: since === undefined ? undefined : Date.parse(since),
    untilMs: until === undefined ? undefined : Date.parse(until),
  }
  const rows = await searchEvents(ctx.db, ctx.tenantId, filter, readCursor(cursor, filter), limit + 1)
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const hasMore = rows.length > limit
  return {
    data: page.map(showEvent),
    has_more: hasMore,
    next_cursor: hasMore && last ? writeCursor(last.seq, filter) : null,
  }
}

function showEvent(row: Row): AuditEvent {
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
