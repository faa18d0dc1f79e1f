import type { ClientId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

const clientBySlug = query((db, p: { slug: string }) =>
  db.selectFrom('client').selectAll().where('slug', '=', p.slug).where('disabled_at', 'is', null),
)

/** The enabled client with this slug, of whichever tenant. */
export function findClientRow(db: Reader, slug: string) {
  return db.first(clientBySlug, { slug })
}

const secretsOfClient = query((db, p: { client_id: ClientId }) =>
  db.selectFrom('client_secret').selectAll().where('client_id', '=', p.client_id).orderBy('created_at', 'desc'),
)

/** All secrets of a client, newest first, sealed. */
export function listSecretRows(db: Reader, clientId: ClientId) {
  return db.list(secretsOfClient, { client_id: clientId })
}

const allClients = query((db) =>
  db
    .selectFrom('client')
    .innerJoin('tenant', 'tenant.id', 'client.tenant_id')
    .selectAll('client')
    .select('tenant.slug as tenant_slug')
    .orderBy('client.id', 'desc'),
)

/** Every client of every tenant with the name of its tenant, newest first. */
export function listClientRows(db: Reader) {
  return db.list(allClients, {})
}

const tenantBySlug = query((db, p: { slug: string }) =>
  db.selectFrom('tenant').select(['id', 'mode']).where('slug', '=', p.slug),
)

/** The tenant with this slug: `default` or `default-test` on a fresh install. */
export function findTenantRow(db: Reader, slug: string) {
  return db.first(tenantBySlug, { slug })
}

/** Fails as `client exists` when the slug is taken, in any tenant. */
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
      numeric_sub: row.numeric_sub,
      limits: row.limits,
      created_at: row.created_at,
      disabled_at: row.disabled_at,
      version: row.version,
    })
    .onConflict((on) => on.column('slug').doNothing()),
)

export const insertSecret = write<Schema['client_secret']>('exactlyOne', 'secret', (db, row) =>
  db.insertInto('client_secret').values({
    id: row.id,
    tenant_id: row.tenant_id,
    client_id: row.client_id,
    sealed: row.sealed,
    last_four: row.last_four,
    created_at: row.created_at,
    expires_at: row.expires_at,
    last_used_at: row.last_used_at,
  }),
)
