import type { Client, ClientSecret } from '@gatehouse/contract/resources'
import type { Context } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { ClientId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import { type ClientRow, findClientById, findClientPlace, listSecretRows } from './client.store.ts'
import { type AgeLimits, showSecret } from './secret-age.ts'
import { showClient } from './show-client.ts'

/**
 * The client, as stored.
 * @throws Fault `not_found`, also for clients of other tenants
 */
export async function getClientRow(ctx: Context, id: ClientId): Promise<ClientRow> {
  const row = await findClientById(ctx.db, ctx.tenantId, id)
  if (!row) throw new Fault('not_found')
  return row
}

/** The client, as the API shows it. */
export async function getClient(ctx: Context, input: { readonly id: ClientId }): Promise<Client> {
  return showClient(await getClientRow(ctx, input.id))
}

/** What an operator's context needs to act on the client with this slug: its id, and its tenant in the context. */
export async function findClientOf<C extends Context>(
  ctx: C,
  slug: string,
): Promise<{ readonly ctx: C; readonly id: ClientId } | undefined> {
  const place = await findClientPlace(ctx.db, slug)
  return place && { ctx: { ...ctx, tenantId: place.tenant_id }, id: place.id }
}

/** The secrets of a client that sign now: the one without an end first. */
export async function listLiveSecrets(ctx: Context, id: ClientId): Promise<readonly Schema['client_secret'][]> {
  const rows = await listSecretRows(ctx.db, id)
  const live = rows.filter(({ expires_at }) => expires_at === null || expires_at > ctx.now.getTime())
  return live.toSorted((one, other) => Number(one.expires_at !== null) - Number(other.expires_at !== null))
}

/** The live secrets of a client, without the secrets. */
export function listSecrets(limits: AgeLimits) {
  return async (ctx: Context, input: { readonly id: ClientId }): Promise<{ data: ClientSecret[] }> => {
    const { id } = await getClientRow(ctx, input.id)
    return { data: (await listLiveSecrets(ctx, id)).map((row) => showSecret(row, ctx.now, limits)) }
  }
}
