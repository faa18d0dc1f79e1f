import type { Actor, Context } from '../context.ts'
import { addressKey } from '../kernel/address.ts'
import { newId } from '../kernel/ids.ts'
import { nameOfPlace } from '../kernel/place.ts'
import type { Write } from '../storage/write.ts'
import { canonicalEmail } from '../users/email.ts'
import { commitTo } from './commitment.ts'
import { insertEvent } from './event.store.ts'
import type { NewEvent } from './new-event.ts'

/** The event as a write, to stand in the commit of the change that it tells of. */
export function record(ctx: Context, event: NewEvent): Write {
  const salt = ctx.random(16)
  const personal = {
    email: event.email === undefined ? null : canonicalEmail(event.email),
    ...ctx.source,
    geoLocation: nameOfPlace(ctx.findPlace?.(ctx.source.ipAddress)),
  }
  return insertEvent({
    id: newId('evt', ctx),
    tenant_id: ctx.tenantId,
    type: event.type,
    at: ctx.now.getTime(),
    actor: nameActor(ctx.actor),
    client_system: 'client' in ctx.actor ? ctx.actor.client.slug : null,
    user_id: event.userId ?? null,
    session_id: event.sessionId ?? null,
    request_id: ctx.requestId,
    data: JSON.stringify({ ...noteOf(ctx.actor), ...event.data }),
    commitment: commitTo(salt, personal),
    salt,
    email: personal.email,
    ip_address: personal.ipAddress,
    user_agent: personal.userAgent,
    geo_location: personal.geoLocation,
    address_key: addressKey(personal.ipAddress ?? ''),
  })
}

/** Who acts, as events name them. */
export function nameActor(actor: Actor): string {
  if (actor.kind === 'client') return `client:${actor.client.slug}`
  if (actor.kind === 'administrator') return `admin:${actor.session.user_id}`
  return actor.kind === 'user' ? `user:${actor.session.user_id}` : actor.kind
}

/** Why an administrator does it, in their words, where the operation does not say so itself. */
function noteOf(actor: Actor): NewEvent['data'] {
  return actor.kind === 'administrator' && actor.reason !== undefined ? { note: actor.reason } : {}
}
