import type { Client } from '../clients/client.ts'
import type { Context } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { Leases } from '../kernel/leases.ts'
import { consoleSlug, systemTenantId } from '../kernel/tenants.ts'

/**
 * The view of the console: administrators sign in by the same steps as everybody, to an application of their own.
 * @throws Fault `client_not_allowed` from an address that is not on its list
 */
export function consoleOf(clients: Leases<Client>) {
  return async (ctx: Context): Promise<Context> => {
    const client = await clients.find(consoleSlug, ctx.now)
    const address = ctx.source.ipAddress ?? ''
    if (!client?.allowList.admits(address)) {
      throw new Fault('client_not_allowed', { detail: `The call came from ${address}.` })
    }
    return { ...ctx, tenantId: systemTenantId, actor: { kind: 'client', client } }
  }
}
