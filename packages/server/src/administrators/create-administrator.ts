import type { createAdministrator as Contract } from '@gatehouse/contract/administrator-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import { makeConsole } from '../clients/console-client.ts'
import { findTenantId } from '../clients/find-tenant-id.ts'
import { type Context, commit } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import { newId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { newUser } from '../users/new-user.ts'
import { getAdministrator } from './list-administrators.ts'
import { type LinkTools, newLink } from './set-up-link.ts'

/** An administrator who has nothing yet but a link, by which they choose a password. Nobody else ever sees or sets it. */
export function createAdministrator(tools: LinkTools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const { email, name, role, reason } = input
    const looks_after = await writeTenants(ctx, role, input.tenants)
    const id = newId('usr', ctx)
    const { writes, shown } = newLink(ctx, tools, { id, version: 1 })
    for (;;) {
      const committed = await commit(ctx, [
        ...(await makeConsole(ctx)),
        newUser(ctx, { id, email, name, role, looks_after }),
        record(ctx, { type: 'administrator.created', userId: id, email, data: { role, tenants: looks_after, reason } }),
        ...writes,
      ])
      if (committed.done) break
      if (committed.failed === 'email taken') throw new Fault('email_taken')
    }
    return { administrator: await getAdministrator(ctx, id), set_up: shown }
  }
}

/**
 * The tenants as they are stored. An owner looks after all.
 * @throws Fault `invalid_request` for one that does not exist
 */
export async function writeTenants(
  { db }: Pick<Context, 'db'>,
  role: string,
  tenants: readonly string[] | null,
): Promise<string | null> {
  if (role === 'owner' || tenants === null) {
    if (tenants !== null) throw wrongTenants('an owner looks after all tenants')
    return null
  }
  const found = await Promise.all(tenants.map((name) => findTenantId(db, name)))
  const missing = tenants.find((_, index) => found[index] === undefined)
  if (missing !== undefined) throw wrongTenants('there is no tenant of this name')
  return JSON.stringify([...new Set(tenants)])
}

function wrongTenants(detail: string): Fault {
  return new Fault('invalid_request', { errors: [{ pointer: '/tenants', code: 'invalid', detail }] })
}
