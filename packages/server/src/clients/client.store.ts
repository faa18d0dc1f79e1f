import type { ClientId, SecretId, TenantId } from '../kernel/ids.ts'
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

/** A client as stored, with the name and the mode of its tenant. */
export type ClientRow = Schema['client'] & { readonly tenant_slug: string; readonly tenant_mode: 'live' | 'test' }

const clientById = query((db, p: { id: ClientId; tenant_id: TenantId }) =>
  db
    .selectFrom('client')
    .innerJoin('tenant', 'tenant.id', 'client.tenant_id')
    .selectAll('client')
    .select(['tenant.slug as tenant_slug', 'tenant.mode as tenant_mode'])
    .where('client.id', '=', p.id)
    .where('client.tenant_id', '=', p.tenant_id),
)

/** The client with this id in this tenant, disabled or not. */
export function findClientById(db: Reader, tenantId: TenantId, id: ClientId): Promise<ClientRow | undefined> {
  return db.first(clientById, { id, tenant_id: tenantId })
}

const clientPlace = query((db, p: { slug: string }) =>
  db.selectFrom('client').select(['id', 'tenant_id']).where('slug', '=', p.slug),
)

/** Id and tenant of the client with this slug, disabled or not. */
export function findClientPlace(db: Reader, slug: string) {
  return db.first(clientPlace, { slug })
}

const clientsBelow = query((db, p: { tenant_id: TenantId; before: string; limit: number }) =>
  db
    .selectFrom('client')
    .innerJoin('tenant', 'tenant.id', 'client.tenant_id')
    .selectAll('client')
    .select(['tenant.slug as tenant_slug', 'tenant.mode as tenant_mode'])
    .where('client.tenant_id', '=', p.tenant_id)
    .where('client.id', '<', p.before as ClientId)
    .orderBy('client.id', 'desc')
    .limit(p.limit),
)

/** Clients of a tenant whose id is below `before`, newest first. */
export function listClientRowsBelow(
  db: Reader,
  tenantId: TenantId,
  before: string,
  limit: number,
): Promise<readonly ClientRow[]> {
  return db.list(clientsBelow, { tenant_id: tenantId, before, limit })
}

type Changed = Pick<Schema['client'], 'id' | 'tenant_id' | 'version'> &
  Pick<
    Schema['client'],
    | 'name'
    | 'allow_list'
    | 'scopes'
    | 'schemes'
    | 'public_keys'
    | 'redirect_uris'
    | 'numeric_sub'
    | 'local_verification'
    | 'token_key_number'
    | 'limits'
    | 'disabled_at'
  >

/** Replaces what may change of a client; fails as `client changed` when somebody was faster. */
export const replaceClient = write<Changed>('exactlyOne', 'client changed', (db, p) =>
  db
    .updateTable('client')
    .set((eb) => ({
      name: p.name,
      allow_list: p.allow_list,
      scopes: p.scopes,
      schemes: p.schemes,
      public_keys: p.public_keys,
      redirect_uris: p.redirect_uris,
      numeric_sub: p.numeric_sub,
      local_verification: p.local_verification,
      token_key_number: p.token_key_number,
      limits: p.limits,
      disabled_at: p.disabled_at,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', p.id)
    .where('tenant_id', '=', p.tenant_id)
    .where('version', '=', p.version),
)

/** Stands in the commit of every change of a client's secrets: of two such changes at a time, one fails as `client changed`. */
export const advanceClient = write<Pick<ClientRow, 'id' | 'tenant_id' | 'version'>>(
  'exactlyOne',
  'client changed',
  (db, p) =>
    db
      .updateTable('client')
      .set((eb) => ({ version: eb('version', '+', 1) }))
      .where('id', '=', p.id)
      .where('tenant_id', '=', p.tenant_id)
      .where('version', '=', p.version),
)

type SecretPlace = Pick<Schema['client_secret'], 'id' | 'client_id'>

/** Null lets it live on without an end. */
export const setSecretEnd = write<SecretPlace & { expires_at: number | null }>('exactlyOne', 'secret', (db, p) =>
  db
    .updateTable('client_secret')
    .set({ expires_at: p.expires_at })
    .where('id', '=', p.id)
    .where('client_id', '=', p.client_id),
)

export const deleteSecret = write<SecretPlace>('exactlyOne', 'secret', (db, p) =>
  db.deleteFrom('client_secret').where('id', '=', p.id).where('client_id', '=', p.client_id),
)

/** What has ended is of no use to anybody: not even sealed. */
export const deleteEndedSecrets = write<{ client_id: ClientId; now: number }>('anyNumber', 'secret', (db, p) =>
  db.deleteFrom('client_secret').where('client_id', '=', p.client_id).where('expires_at', '<=', p.now),
)

const someEndedSecret = query((db, p: { before: number }) =>
  db.selectFrom('client_secret').select('id').where('expires_at', '<=', p.before).limit(1),
)

export async function hasEndedSecrets(db: Reader, before: number): Promise<boolean> {
  return (await db.first(someEndedSecret, { before })) !== undefined
}

export const deleteAllEndedSecrets = write<{ before: number }>('anyNumber', 'secret', (db, p) =>
  db.deleteFrom('client_secret').where('expires_at', '<=', p.before),
)

const agingSecrets = query((db, p: { due_before: number; overdue_before: number; limit: number }) =>
  db
    .selectFrom('client_secret')
    .innerJoin('client', 'client.id', 'client_secret.client_id')
    .select([
      'client_secret.id as id',
      'client_secret.tenant_id as tenant_id',
      'client_secret.client_id as client_id',
      'client_secret.created_at as created_at',
      'client_secret.expires_at as expires_at',
      'client_secret.age_noted as age_noted',
      'client.slug as slug',
    ])
    .where('client.disabled_at', 'is', null)
    .where('client_secret.expires_at', 'is', null)
    .where((eb) =>
      eb.or([
        eb('client_secret.age_noted', 'is', null).and('client_secret.created_at', '<=', p.due_before),
        eb('client_secret.age_noted', '=', 'due').and('client_secret.created_at', '<=', p.overdue_before),
      ]),
    )
    .limit(p.limit),
)

/** Secrets of enabled clients that have come to a stage of age which is not on record, of all tenants. */
export function listAgingSecrets(db: Reader, dueBefore: number, overdueBefore: number, limit: number) {
  return db.list(agingSecrets, { due_before: dueBefore, overdue_before: overdueBefore, limit })
}

/** Fails as `age noted` when somebody was faster. */
export const noteAge = write<{ id: SecretId; age: 'due' | 'overdue' }>('exactlyOne', 'age noted', (db, p) =>
  db
    .updateTable('client_secret')
    .set({ age_noted: p.age })
    .where('id', '=', p.id)
    .where((eb) => eb.or([eb('age_noted', 'is', null), eb('age_noted', '!=', p.age)])),
)

/** Changes nothing when it is gone, or a later use is noted already. */
export const noteUse = write<{ id: SecretId; at: number }>('anyNumber', 'secret', (db, p) =>
  db
    .updateTable('client_secret')
    .set({ last_used_at: p.at })
    .where('id', '=', p.id)
    .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', p.at)])),
)

const tenantBySlug = query((db, p: { slug: string }) =>
  db.selectFrom('tenant').select(['id', 'mode']).where('slug', '=', p.slug),
)

/** The tenant with this slug: `default` or `default-test` on a fresh install. */
export function findTenantRow(db: Reader, slug: string) {
  return db.first(tenantBySlug, { slug })
}

const modeOfTenant = query((db, p: { id: TenantId }) => db.selectFrom('tenant').select('mode').where('id', '=', p.id))

/** Whether a tenant is for tests. */
export async function getTenantMode(db: Reader, id: TenantId): Promise<'live' | 'test'> {
  const tenant = await db.first(modeOfTenant, { id })
  if (!tenant) throw new Error(`the tenant ${id} of a caller is gone`)
  return tenant.mode
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
    age_noted: row.age_noted,
  }),
)
