import type { TenantId, UserId } from '../kernel/ids.ts'
import { oldRows } from '../storage/old-rows.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

const deviceByToken = query((db, p: { token_hash: Uint8Array; tenant_id: TenantId }) =>
  db.selectFrom('device').selectAll().where('token_hash', '=', p.token_hash).where('tenant_id', '=', p.tenant_id),
)

/** The device that was given this token. */
export function findDevice(db: Reader, tenantId: TenantId, tokenHash: Uint8Array) {
  return db.first(deviceByToken, { token_hash: tokenHash, tenant_id: tenantId })
}

const devicesOfUser = query((db, p: { user_id: UserId; tenant_id: TenantId }) =>
  db.selectFrom('device').select(['id']).where('user_id', '=', p.user_id).where('tenant_id', '=', p.tenant_id),
)

/** Every device of a user, those that are not known any more included. */
export function listDeviceRows(db: Reader, tenantId: TenantId, userId: UserId) {
  return db.list(devicesOfUser, { user_id: userId, tenant_id: tenantId })
}

export const insertDevice = write<Schema['device']>('exactlyOne', 'device', (db, row) =>
  db.insertInto('device').values({
    id: row.id,
    tenant_id: row.tenant_id,
    user_id: row.user_id,
    token_hash: row.token_hash,
    user_version: row.user_version,
    factors_version: row.factors_version,
    created_at: row.created_at,
    expires_at: row.expires_at,
  }),
)

/** Those that have had their time. */
export const oldDevices = oldRows('device', 'id', 'expires_at')
