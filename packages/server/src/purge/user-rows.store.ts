import type { TenantId, UserId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import { type Write, write } from '../storage/write.ts'

/** The rows of one user, in one tenant. */
export interface Whose {
  readonly user_id: UserId
  readonly tenant_id: TenantId
}

/** A table that says of each row whose it is. */
export type UserTable = {
  [Table in keyof Schema]: 'user_id' | 'tenant_id' extends keyof Schema[Table] ? Table : never
}[keyof Schema]

/** All that a user has in this table. */
export function deleteUserRows(table: UserTable): (whose: Whose) => Write {
  // The builder knows the columns of a table that it is told by name: this one stands for all.
  const name = table as 'device'
  return write<Whose>('anyNumber', `${table} of a user`, (db, p) =>
    db.deleteFrom(name).where('user_id', '=', p.user_id).where('tenant_id', '=', p.tenant_id),
  )
}
