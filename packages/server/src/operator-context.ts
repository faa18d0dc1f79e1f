import type { Context } from './context.ts'
import type { World } from './kernel/moment.ts'
import { defaultTenantId } from './kernel/tenants.ts'
import type { Storage } from './storage/storage.ts'

/** The view of somebody who has the data folder in hands: the command line, and the server when it starts. */
export function operatorContext({ storage, world }: { storage: Storage; world: World }): Context {
  return {
    now: world.now(),
    random: world.random,
    db: storage,
    storage,
    owed: [],
    tenantId: defaultTenantId,
    actor: { kind: 'operator' },
    source: { ipAddress: null, userAgent: null },
    requestId: null,
  }
}
