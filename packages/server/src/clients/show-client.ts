import type { Client } from '@gatehouse/contract/resources'
import type { ClientRow } from './client.store.ts'
import { readStoredLists } from './stored-client.ts'

/** A client as the API and operators see it: nothing secret. */
export function showClient(row: Omit<ClientRow, 'tenant_mode'>): Client {
  const { allow, scopes, schemes, publicKeys, redirectUris, limits } = readStoredLists(row)
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    tenant: row.tenant_slug,
    status: row.disabled_at === null ? 'active' : 'disabled',
    allow: [...allow],
    scopes: [...scopes],
    schemes: [...schemes],
    public_keys: [...publicKeys],
    redirect_uris: [...redirectUris],
    numeric_sub: row.numeric_sub === 1,
    local_verification: row.local_verification === 1,
    limits,
    created_at: new Date(row.created_at).toISOString(),
  }
}
