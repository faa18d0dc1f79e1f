import type { FactorId, TenantId, UserId } from '../kernel/ids.ts'
import { oldRows } from '../storage/old-rows.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

/** A factor as stored; `data` is sealed. */
export type FactorRow = Schema['factor']

const factorById = query((db, p: { id: FactorId; tenant_id: TenantId }) =>
  db.selectFrom('factor').selectAll().where('id', '=', p.id).where('tenant_id', '=', p.tenant_id),
)

/** The factor with this id in this tenant, pending or active. */
export function findFactor(db: Reader, tenantId: TenantId, id: FactorId): Promise<FactorRow | undefined> {
  return db.first(factorById, { id, tenant_id: tenantId })
}

const factorByHandle = query((db, p: { handle: string; tenant_id: TenantId }) =>
  db.selectFrom('factor').selectAll().where('tenant_id', '=', p.tenant_id).where('handle', '=', p.handle),
)

/** The factor of the tenant that is found by this key. */
export function findFactorByHandle(db: Reader, tenantId: TenantId, handle: string): Promise<FactorRow | undefined> {
  return db.first(factorByHandle, { handle, tenant_id: tenantId })
}

const factorInAnyTenant = query((db, p: { id: FactorId }) => db.selectFrom('factor').selectAll().where('id', '=', p.id))

/** For devices, which do not know of tenants. */
export function findFactorInAnyTenant(db: Reader, id: FactorId): Promise<FactorRow | undefined> {
  return db.first(factorInAnyTenant, { id })
}

const factorByHandleInAnyTenant = query((db, p: { handle: string }) =>
  db.selectFrom('factor').selectAll().where('handle', '=', p.handle),
)

/** For devices: what is found by this key, in whatever tenant. */
export function findFactorByHandleInAnyTenant(db: Reader, handle: string): Promise<FactorRow | undefined> {
  return db.first(factorByHandleInAnyTenant, { handle })
}

const factorsOfUser = query((db, p: { user_id: UserId; tenant_id: TenantId }) =>
  db
    .selectFrom('factor')
    .selectAll()
    .where('user_id', '=', p.user_id)
    .where('tenant_id', '=', p.tenant_id)
    .orderBy('id'),
)

/** Every factor of a user, pending ones too, oldest first. */
export function listFactorRows(db: Reader, tenantId: TenantId, userId: UserId): Promise<readonly FactorRow[]> {
  return db.list(factorsOfUser, { user_id: userId, tenant_id: tenantId })
}

/** Fails as `handle taken` when another factor of the tenant has the handle. */
export const insertFactor = write<Omit<FactorRow, 'renew_by' | 'renewal_note_at'>>(
  'insertedOnce',
  'handle taken',
  (db, row) =>
    db
      .insertInto('factor')
      .values({
        id: row.id,
        tenant_id: row.tenant_id,
        user_id: row.user_id,
        type: row.type,
        label: row.label,
        handle: row.handle,
        data: row.data,
        version: row.version,
        created_at: row.created_at,
        confirmed_at: row.confirmed_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
        suspended_at: row.suspended_at,
      })
      .onConflict((on) => on.doNothing()),
)

/**
 * Replaces what a proof has changed. Of two proofs judged against the same version one wins: this is the replay
 * defence of every factor. Fails as `factor changed`. A factor that was removed meanwhile fails, too.
 */
export const replaceData = write<{ id: FactorId; version: number; data: Uint8Array; last_used_at: number }>(
  'exactlyOne',
  'factor changed',
  (db, p) =>
    db
      .updateTable('factor')
      .set((eb) => ({ data: p.data, last_used_at: p.last_used_at, version: eb('version', '+', 1) }))
      .where('id', '=', p.id)
      .where('version', '=', p.version)
      .where('confirmed_at', 'is not', null),
)

interface Confirmed extends Pick<FactorRow, 'id' | 'version' | 'handle' | 'data' | 'renew_by' | 'renewal_note_at'> {
  readonly confirmed_at: number
}

/** The first accepted proof: the factor is active from now on. Fails as `factor changed`. */
export const confirmFactor = write<Confirmed>('exactlyOne', 'factor changed', (db, p) =>
  db
    .updateTable('factor')
    .set((eb) => ({
      handle: p.handle,
      data: p.data,
      confirmed_at: p.confirmed_at,
      last_used_at: p.confirmed_at,
      expires_at: null,
      renew_by: p.renew_by,
      renewal_note_at: p.renewal_note_at,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', p.id)
    .where('version', '=', p.version)
    .where('confirmed_at', 'is', null),
)

/** Gives a factor other data, another name or look-up key, without a proof of it. Fails as `factor changed`. */
export const amendFactor = write<Pick<FactorRow, 'id' | 'version' | 'data' | 'handle' | 'label'>>(
  'exactlyOne',
  'factor changed',
  (db, p) =>
    db
      .updateTable('factor')
      .set((eb) => ({ data: p.data, handle: p.handle, label: p.label, version: eb('version', '+', 1) }))
      .where('id', '=', p.id)
      .where('version', '=', p.version),
)

/** Fails as `factor gone`. */
export const relabelFactor = write<Pick<FactorRow, 'id' | 'tenant_id' | 'label'>>(
  'exactlyOne',
  'factor gone',
  (db, p) =>
    db.updateTable('factor').set({ label: p.label }).where('id', '=', p.id).where('tenant_id', '=', p.tenant_id),
)

/** Fails as `factor gone`, also when it is not as it was read. */
export const deleteFactor = write<Pick<FactorRow, 'id' | 'tenant_id' | 'version'>>(
  'exactlyOne',
  'factor gone',
  (db, p) =>
    db
      .deleteFrom('factor')
      .where('id', '=', p.id)
      .where('tenant_id', '=', p.tenant_id)
      .where('version', '=', p.version),
)

/** Ends an enrolment. A factor that was activated meanwhile stays. */
export const dropPendingFactor = write<{ id: FactorId; tenant_id: TenantId }>('anyNumber', 'pending factor', (db, p) =>
  db.deleteFrom('factor').where('id', '=', p.id).where('tenant_id', '=', p.tenant_id).where('confirmed_at', 'is', null),
)

/** Addresses that stood in for a factor. */
export const dropMailChecks = write<{ user_id: UserId; tenant_id: TenantId }>('anyNumber', 'mail check', (db, p) =>
  db
    .deleteFrom('factor')
    .where('user_id', '=', p.user_id)
    .where('tenant_id', '=', p.tenant_id)
    .where('type', '=', 'email')
    .where('confirmed_at', 'is not', null)
    .where('expires_at', 'is not', null),
)

/** Puts a factor out of use until somebody lifts it. */
export const suspendFactor = write<{ id: FactorId; suspended_at: number }>('anyNumber', 'factor', (db, p) =>
  db
    .updateTable('factor')
    .set({ suspended_at: p.suspended_at })
    .where('id', '=', p.id)
    .where('suspended_at', 'is', null),
)

export const resumeFactors = write<{ user_id: UserId; tenant_id: TenantId }>('anyNumber', 'factors', (db, p) =>
  db
    .updateTable('factor')
    .set({ suspended_at: null })
    .where('user_id', '=', p.user_id)
    .where('tenant_id', '=', p.tenant_id),
)

/** Those that have had their time. */
export const oldFactors = oldRows('factor', 'id', 'expires_at')

const agingFactors = query((db, p: { now: number; rows: number }) =>
  db.selectFrom('factor').selectAll().where('renewal_note_at', '<=', p.now).orderBy('renewal_note_at').limit(p.rows),
)

/** The factors, of all tenants, of whose age something is to be said by now. */
export function listAgingFactors(db: Reader, now: number, rows: number): Promise<readonly FactorRow[]> {
  return db.list(agingFactors, { now, rows })
}

interface RenewalNote extends Pick<FactorRow, 'id' | 'renewal_note_at'> {
  readonly seen: number | null
}

/** Fails as `note taken` when another node has said it. */
export const noteRenewal = write<RenewalNote>('exactlyOne', 'note taken', (db, p) =>
  db
    .updateTable('factor')
    .set({ renewal_note_at: p.renewal_note_at })
    .where('id', '=', p.id)
    .where('renewal_note_at', '=', p.seen),
)
