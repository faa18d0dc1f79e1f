import type { TenantId, UserId } from '../kernel/ids.ts'
import { holdRows } from '../storage/hold-rows.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

/** A user as stored. */
export type UserRow = NewUserRow & {
  readonly number: number
  readonly factors_version: number
}
type NewUserRow = Omit<Schema['user'], 'number' | 'factors_version'>

const userById = query((db, p: { id: UserId; tenant_id: TenantId }) =>
  db.selectFrom('user').selectAll().where('id', '=', p.id).where('tenant_id', '=', p.tenant_id),
)

/** The user with this id in this tenant. */
export function findUser(db: Reader, tenantId: TenantId, id: UserId): Promise<UserRow | undefined> {
  return db.first(userById, { id, tenant_id: tenantId })
}

const userByEmail = query((db, p: { email_key: string; tenant_id: TenantId }) =>
  db.selectFrom('user').selectAll().where('email_key', '=', p.email_key).where('tenant_id', '=', p.tenant_id),
)

/** The user with this address, given in its compared form (`emailKey`). */
export function findUserByEmail(db: Reader, tenantId: TenantId, emailKey: string): Promise<UserRow | undefined> {
  return db.first(userByEmail, { email_key: emailKey, tenant_id: tenantId })
}

const userByExternalId = query((db, p: { external_id: string; tenant_id: TenantId }) =>
  db.selectFrom('user').selectAll().where('external_id', '=', p.external_id).where('tenant_id', '=', p.tenant_id),
)

/** The user whom the application calls this. */
export function findUserByExternalId(db: Reader, tenantId: TenantId, externalId: string): Promise<UserRow | undefined> {
  return db.first(userByExternalId, { external_id: externalId, tenant_id: tenantId })
}

const usersBelow = query((db, p: { tenant_id: TenantId; before: number; limit: number }) =>
  db
    .selectFrom('user')
    .selectAll()
    .where('tenant_id', '=', p.tenant_id)
    .where('number', '<', p.before)
    .orderBy('number', 'desc')
    .limit(p.limit),
)

/** Users whose number is below `before`, newest first. */
export function listUserRows(db: Reader, tenantId: TenantId, before: number, limit: number) {
  return db.list(usersBelow, { tenant_id: tenantId, before, limit })
}

/** Fails as `email taken`, also when it is the external id that is. */
export const insertUser = write<NewUserRow>('insertedOnce', 'email taken', (db, row) =>
  db
    .insertInto('user')
    .values({
      id: row.id,
      tenant_id: row.tenant_id,
      email: row.email,
      email_key: row.email_key,
      external_id: row.external_id,
      name: row.name,
      phone_number: row.phone_number,
      email_verified_at: row.email_verified_at,
      phone_verified_at: row.phone_verified_at,
      role: row.role,
      looks_after: row.looks_after,
      created_at: row.created_at,
      updated_at: row.updated_at,
      disabled_at: row.disabled_at,
      version: row.version,
    })
    .onConflict((on) => on.doNothing()),
)

type Changed = Pick<UserRow, 'id' | 'tenant_id' | 'version' | 'updated_at'> &
  Pick<UserRow, 'email' | 'email_key' | 'external_id' | 'name' | 'phone_number' | 'role' | 'disabled_at'> &
  Pick<UserRow, 'email_verified_at' | 'phone_verified_at'>

/** Replaces what may change of a user; fails as `user changed` when somebody was faster. */
export const replaceUser = write<Changed>('exactlyOne', 'user changed', (db, p) =>
  db
    .updateTable('user')
    .set((eb) => ({
      email: p.email,
      email_key: p.email_key,
      external_id: p.external_id,
      name: p.name,
      phone_number: p.phone_number,
      email_verified_at: p.email_verified_at,
      phone_verified_at: p.phone_verified_at,
      role: p.role,
      disabled_at: p.disabled_at,
      updated_at: p.updated_at,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', p.id)
    .where('tenant_id', '=', p.tenant_id)
    .where('version', '=', p.version),
)

/** What is known of the addresses of a user as they were read. Fails as `user changed`, and is no change itself. */
export const setVerified = write<
  Pick<UserRow, 'id' | 'tenant_id' | 'version' | 'email_verified_at' | 'phone_verified_at' | 'updated_at'>
>('exactlyOne', 'user changed', (db, p) =>
  db
    .updateTable('user')
    .set({
      email_verified_at: p.email_verified_at,
      phone_verified_at: p.phone_verified_at,
      updated_at: p.updated_at,
    })
    .where('id', '=', p.id)
    .where('tenant_id', '=', p.tenant_id)
    .where('version', '=', p.version),
)

/**
 * Changes nothing. Fails as `user changed` when the user or which factors they have is not as it was read, and makes who
 * is about to change them wait for this commit.
 */
export const holdUser = write<Pick<UserRow, 'id' | 'tenant_id' | 'version' | 'factors_version'>>(
  'exactlyOne',
  'user changed',
  (db, p) =>
    holdRows(
      db,
      db
        .selectFrom('user')
        .select('id')
        .where('id', '=', p.id)
        .where('tenant_id', '=', p.tenant_id)
        .where('version', '=', p.version)
        .where('factors_version', '=', p.factors_version),
    ),
)

/** Tells all that go by the factors of a user that these are others now. Fails as `factors changed`. */
export const raiseFactorsVersion = write<Pick<UserRow, 'id' | 'tenant_id' | 'factors_version'>>(
  'exactlyOne',
  'factors changed',
  (db, p) =>
    db
      .updateTable('user')
      .set((eb) => ({ factors_version: eb('factors_version', '+', 1) }))
      .where('id', '=', p.id)
      .where('tenant_id', '=', p.tenant_id)
      .where('factors_version', '=', p.factors_version),
)

/** Fails as `user changed`. What belongs to the user goes before it. */
export const deleteUser = write<Pick<UserRow, 'id' | 'tenant_id' | 'version'>>('exactlyOne', 'user changed', (db, p) =>
  db.deleteFrom('user').where('id', '=', p.id).where('tenant_id', '=', p.tenant_id).where('version', '=', p.version),
)
