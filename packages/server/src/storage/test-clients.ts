import { defaultTenantId } from '../kernel/tenants.ts'
import type { Schema } from './schema.ts'
import { query, write } from './write.ts'

/** Statements on the table `client`, for the tests of the storage. */
export const insertClient = write<Schema['client']>('insertedOnce', 'client exists', (db, row) =>
  db
    .insertInto('client')
    .values({
      id: row.id,
      tenant_id: row.tenant_id,
      slug: row.slug,
      name: row.name,
      allow_list: row.allow_list,
      scopes: row.scopes,
      schemes: row.schemes,
      public_keys: row.public_keys,
      redirect_uris: row.redirect_uris,
      numeric_sub: row.numeric_sub,
      local_verification: row.local_verification,
      token_key_number: row.token_key_number,
      limits: row.limits,
      created_at: row.created_at,
      disabled_at: row.disabled_at,
      version: row.version,
    })
    .onConflict((on) => on.doNothing()),
)

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
