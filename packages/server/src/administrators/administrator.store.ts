import { systemTenantId } from '../kernel/tenants.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

type Row = Schema['user']

const allAdministrators = query((db, p: { tenant_id: Row['tenant_id']; limit: number }) =>
  db
    .selectFrom('user')
    .selectAll()
    .where('tenant_id', '=', p.tenant_id)
    .where('disabled_at', 'is', null)
    .orderBy('number')
    .limit(p.limit),
)

/** Everybody who may sign in to the console, the first one first. */
export function listAdministratorRows(db: Reader) {
  return db.list(allAdministrators, { tenant_id: systemTenantId, limit: 1000 })
}

/** What an administrator is from now on. Fails as `user changed` when they or their factors are not as they were read. */
export const replaceStanding = write<
  Pick<Row, 'id' | 'tenant_id' | 'version' | 'role' | 'looks_after' | 'email_key' | 'disabled_at' | 'updated_at'> & {
    factors_version: number
  }
>('exactlyOne', 'user changed', (db, p) =>
  db
    .updateTable('user')
    .set((eb) => ({
      role: p.role,
      looks_after: p.looks_after,
      email_key: p.email_key,
      disabled_at: p.disabled_at,
      updated_at: p.updated_at,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', p.id)
    .where('tenant_id', '=', p.tenant_id)
    .where('version', '=', p.version)
    .where('factors_version', '=', p.factors_version),
)
