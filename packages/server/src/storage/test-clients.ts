import { defaultTenantId } from '../kernel/tenants.ts'
import type { Schema } from './schema.ts'
import { query } from './write.ts'

/** Statements on the table `client`, for the tests of the storage. */
export const clientBySlug = query((db, p: { slug: string }) =>
  db.selectFrom('client').selectAll().where('slug', '=', p.slug),
)

export const allSlugs = query((db) => db.selectFrom('client').select('slug').orderBy('slug'))

export function client(slug: string): Schema['client'] {
  return {
    id: `cli_${slug}`,
    tenant_id: defaultTenantId,
    slug,
    name: slug,
    allow_list: '[]',
    scopes: '[]',
    schemes: '[]',
    public_keys: '[]',
    redirect_uris: '[]',
    numeric_sub: 1,
    local_verification: 1,
    token_key_number: 2,
    limits: '{}',
    created_at: 1_700_000_000_123,
    disabled_at: null,
    version: 1,
  }
}
