import type { Context } from './context.ts'
import type { World } from './kernel/moment.ts'
import type { FindPlace } from './kernel/place.ts'
import { defaultTenantId } from './kernel/tenants.ts'
import type { Storage } from './storage/storage.ts'

interface Opened {
  readonly storage: Storage
  readonly world: World
  readonly findPlace?: FindPlace
}

/** The view of somebody who has the data folder in hands: the command line, and the server when it starts. */
export function operatorContext({ storage, world, findPlace }: Opened): Context {
  return {
    now: world.now(),
    random: world.random,
    db: storage,
    storage,
    owed: [],
    tenantId: defaultTenantId,
    actor: { kind: 'operator' },
    source: { ipAddress: null, userAgent: null },
    ...(findPlace && { findPlace }),
    requestId: null,
  }
}
