import type { FactorId, TenantId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

/** A token as it lies in the stock; its seed is sealed. */
export type HardwareTokenRow = Schema['hardware_token']

const tokenBySerial = query((db, p: { serial: string; tenant_id: TenantId }) =>
  db
    .selectFrom('hardware_token as token')
    .leftJoin('factor', 'factor.id', 'token.factor_id')
    .select(['token.serial', 'token.sealed', 'token.factor_id', 'factor.id as held_by'])
    .where('token.serial', '=', p.serial)
    .where('token.tenant_id', '=', p.tenant_id),
)

/** The token with this serial number; `held_by` is the factor that it is, if there still is such a factor. */
export function findTokenRow(db: Reader, tenantId: TenantId, serial: string) {
  return db.first(tokenBySerial, { serial, tenant_id: tenantId })
}

const tokenByFactor = query((db, p: { factor_id: FactorId; tenant_id: TenantId }) =>
  db.selectFrom('hardware_token').selectAll().where('factor_id', '=', p.factor_id).where('tenant_id', '=', p.tenant_id),
)

export function findTokenOfFactor(
  db: Reader,
  tenantId: TenantId,
  factorId: FactorId,
): Promise<HardwareTokenRow | undefined> {
  return db.first(tokenByFactor, { factor_id: factorId, tenant_id: tenantId })
}

const tokensInOrder = query((db, p: { tenant_id: TenantId; after: string; limit: number }) =>
  db
    .selectFrom('hardware_token as token')
    .leftJoin('factor', 'factor.id', 'token.factor_id')
    .select(['token.serial', 'token.created_at', 'factor.id as factor_id', 'factor.user_id'])
    .where('token.tenant_id', '=', p.tenant_id)
    .where('token.serial', '>', p.after)
    .orderBy('token.serial')
    .limit(p.limit),
)

/** Tokens by serial number, each with the factor that it is at the moment. */
export function listTokenRows(db: Reader, tenantId: TenantId, after: string, limit: number) {
  return db.list(tokensInOrder, { tenant_id: tenantId, after, limit })
}

/** Fails as `serial taken`. */
export const insertToken = write<HardwareTokenRow>('insertedOnce', 'serial taken', (db, row) =>
  db
    .insertInto('hardware_token')
    .values({
      tenant_id: row.tenant_id,
      serial: row.serial,
      sealed: row.sealed,
      factor_id: row.factor_id,
      created_at: row.created_at,
    })
    .onConflict((on) => on.doNothing()),
)

interface Assigned {
  readonly tenant_id: TenantId
  readonly serial: string
  readonly factor_id: FactorId
}

/**
 * A token is one factor at a time. `seen` is the factor that it was and that is gone: an enrolment that came to nothing. Fails
 * as `token taken`, also when another enrolment was faster.
 */
export const assignToken = write<Assigned & { seen: string }>('exactlyOne', 'token taken', (db, p) =>
  db
    .updateTable('hardware_token')
    .set({ factor_id: p.factor_id })
    .where('tenant_id', '=', p.tenant_id)
    .where('serial', '=', p.serial)
    .where((eb) => eb.or([eb('factor_id', 'is', null), eb('factor_id', '=', p.seen as FactorId)])),
)

/** Puts a token back, with the counter that it has by now. */
export const returnToken = write<Assigned & { sealed: Uint8Array }>('anyNumber', 'token', (db, p) =>
  db
    .updateTable('hardware_token')
    .set({ factor_id: null, sealed: p.sealed })
    .where('tenant_id', '=', p.tenant_id)
    .where('serial', '=', p.serial)
    .where('factor_id', '=', p.factor_id),
)

const stockInOrder = query((db, p: { tenant_id: string; serial: string; limit: number }) =>
  db
    .selectFrom('hardware_token')
    .select(['tenant_id', 'serial', 'sealed'])
    .where((eb) =>
      eb.or([
        eb('tenant_id', '>', p.tenant_id as TenantId),
        eb('tenant_id', '=', p.tenant_id as TenantId).and('serial', '>', p.serial),
      ]),
    )
    .orderBy('tenant_id')
    .orderBy('serial')
    .limit(p.limit),
)

/** Every token of every tenant, in order, after this one. */
export function listStock(db: Reader, after: { readonly tenant_id: string; readonly serial: string }, limit: number) {
  return db.list(stockInOrder, { tenant_id: after.tenant_id, serial: after.serial, limit })
}

export const replaceSeed = write<Pick<HardwareTokenRow, 'tenant_id' | 'serial' | 'sealed'>>(
  'exactlyOne',
  'token',
  (db, p) =>
    db
      .updateTable('hardware_token')
      .set({ sealed: p.sealed })
      .where('tenant_id', '=', p.tenant_id)
      .where('serial', '=', p.serial),
)
