import type { Actor, Context } from '../context.ts'
import { canonicalAddress } from '../kernel/address.ts'
import type { TenantId } from '../kernel/ids.ts'
import { defaultTenantId } from '../kernel/tenants.ts'
import type { Call, House } from './call.ts'

/** A call as far as it is known: one that asked for no operation is known by where it came from. */
export interface Incident
  extends Pick<
    Call,
    | 'requestId'
    | 'moment'
    | 'headers'
    | 'address'
    | 'claimed'
    | 'client'
    | 'bearer'
    | 'administrator'
    | 'input'
    | 'owed'
  > {
  readonly operation: Call['operation'] | undefined
}

const nobody: Actor = { kind: 'nobody' }

/** The view of the world that a call has. */
export function contextOf(call: Incident, { storage, findPlace }: House): Context {
  const { moment } = call
  const endUser = call.input['end_user'] as { ip?: string; user_agent?: string } | undefined
  return {
    now: moment.now,
    random: moment.random,
    db: storage,
    storage,
    owed: call.owed,
    tenantId: tenantOf(call),
    actor: actorOf(call),
    source: {
      ipAddress: canonicalAddress(endUser?.ip ?? '') ?? call.address,
      userAgent: endUser?.user_agent ?? call.headers['user-agent']?.slice(0, 512) ?? null,
    },
    findPlace,
    requestId: call.requestId,
  }
}

/** What somebody tries in the name of a client belongs into the record of its tenant. */
export function tenantOf({ administrator, bearer, claimed }: Incident): TenantId {
  return administrator?.tenant.id ?? bearer?.client.tenantId ?? claimed?.tenantId ?? defaultTenantId
}

function actorOf({ client, bearer, administrator }: Incident): Actor {
  if (administrator) return { kind: 'administrator', ...administrator }
  if (client) return { kind: 'client', client }
  return bearer ? { kind: 'user', ...bearer } : nobody
}
