import type { UserId } from '../kernel/ids.ts'
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

/** Fails as `email taken`. */
export const insertAdministrator = write<
  Pick<Row, 'tenant_id' | 'email' | 'email_key' | 'name' | 'role' | 'created_at'> & {
    id: UserId
    looks_after: string | null
  }
>('insertedOnce', 'email taken', (db, row) =>
  db
    .insertInto('user')
    .values({
      id: row.id,
      tenant_id: row.tenant_id,
      email: row.email,
      email_key: row.email_key,
      name: row.name,
      role: row.role,
      looks_after: row.looks_after,
      created_at: row.created_at,
      updated_at: row.created_at,
      version: 1,
    })
    .onConflict((on) => on.doNothing()),
)

/** What an administrator is from now on. Fails as `user changed` when they or their factors are not as they were read. */
export const replaceStanding = write<
  Pick<Row, 'id' | 'tenant_id' | 'version' | 'role' | 'email_key' | 'disabled_at' | 'updated_at'> & {
    factors_version: number
    looks_after: string | null
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
