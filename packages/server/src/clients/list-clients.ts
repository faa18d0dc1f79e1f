import type { Scope } from '@gatehouse/contract/operation'
import type { SignatureScheme } from '@gatehouse/contract/signature-scheme'
import type { Reader } from '../storage/storage.ts'
import { listClientRows } from './client.store.ts'
import type { RateLimits } from './client.ts'

/** A client as operators see it: nothing secret. */
export interface ClientSummary {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly tenant: string
  readonly allow: readonly string[]
  readonly scopes: readonly Scope[]
  readonly schemes: readonly SignatureScheme[]
  readonly numeric_sub: boolean
  readonly limits: RateLimits
  readonly created_at: string
  readonly status: 'active' | 'disabled'
}

/** Every client of every tenant, newest first. */
export async function listClients(db: Reader): Promise<readonly ClientSummary[]> {
  const rows = await listClientRows(db)
  return rows.map((row) => ({
    id: row.id,
    slug: row.slug,
    name: row.name,
    tenant: row.tenant_slug,
    allow: JSON.parse(row.allow_list),
    scopes: JSON.parse(row.scopes),
    schemes: JSON.parse(row.schemes),
    numeric_sub: row.numeric_sub === 1,
    limits: JSON.parse(row.limits),
    created_at: new Date(row.created_at).toISOString(),
    status: row.disabled_at === null ? 'active' : 'disabled',
  }))
}
