import type { TenantId, UserId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

const passwordOfUser = query((db, p: { user_id: UserId; tenant_id: TenantId }) =>
  db.selectFrom('password').selectAll().where('user_id', '=', p.user_id).where('tenant_id', '=', p.tenant_id),
)

/** The stored password of a user, if there is one. */
export function findPassword(db: Reader, tenantId: TenantId, userId: UserId) {
  return db.first(passwordOfUser, { user_id: userId, tenant_id: tenantId })
}

type Row = Omit<Schema['password'], 'version' | 'by_mail'> & { readonly by_mail: 0 | 1 }

/** Sets the password of a user, whether there was one or not. */
export const setPassword = write<Row>('exactlyOne', 'password', (db, row) =>
  db
    .insertInto('password')
    .values({
      user_id: row.user_id,
      tenant_id: row.tenant_id,
      hash: row.hash,
      pepper_id: row.pepper_id,
      changed_at: row.changed_at,
      by_mail: row.by_mail,
      version: 1,
    })
    .onConflict((on) =>
      on.column('user_id').doUpdateSet((eb) => ({
        hash: row.hash,
        pepper_id: row.pepper_id,
        changed_at: row.changed_at,
        by_mail: row.by_mail,
        version: eb('password.version', '+', 1),
      })),
    ),
)

/** Stores the same password hashed anew; does nothing when it was changed meanwhile. */
export const rehashPassword = write<Pick<Schema['password'], 'user_id' | 'hash' | 'pepper_id' | 'version'>>(
  'anyNumber',
  'password',
  (db, p) =>
    db
      .updateTable('password')
      .set((eb) => ({ hash: p.hash, pepper_id: p.pepper_id, version: eb('version', '+', 1) }))
      .where('user_id', '=', p.user_id)
      .where('version', '=', p.version),
)

/** Something else was proven beside it. */
export const trustPasswordOf = write<{ user_id: UserId; tenant_id: TenantId }>('anyNumber', 'password', (db, p) =>
  db
    .updateTable('password')
    .set({ by_mail: 0 })
    .where('user_id', '=', p.user_id)
    .where('tenant_id', '=', p.tenant_id)
    .where('by_mail', '=', 1),
)
