import type { TenantId, UserId } from '../kernel/ids.ts'
import { oldRows } from '../storage/old-rows.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

export type ResetTokenRow = Schema['reset_token']

const tokenByHash = query((db, p: { token_hash: Uint8Array }) =>
  db.selectFrom('reset_token').selectAll().where('token_hash', '=', p.token_hash),
)

/** The token with this hash, in any tenant, over or not. */
export function findResetToken(db: Reader, tokenHash: Uint8Array): Promise<ResetTokenRow | undefined> {
  return db.first(tokenByHash, { token_hash: tokenHash })
}

export const insertResetToken = write<ResetTokenRow>('exactlyOne', 'reset token', (db, row) =>
  db.insertInto('reset_token').values({
    token_hash: row.token_hash,
    tenant_id: row.tenant_id,
    user_id: row.user_id,
    client_id: row.client_id,
    user_version: row.user_version,
    expires_at: row.expires_at,
  }),
)

/** It is good once. Fails as `reset token spent`. */
export const spendResetToken = write<{ token_hash: Uint8Array }>('exactlyOne', 'reset token spent', (db, p) =>
  db.deleteFrom('reset_token').where('token_hash', '=', p.token_hash),
)

/** All that a user could still use, or who is erased. */
export const deleteResetTokensOfUser = write<{ user_id: UserId; tenant_id: TenantId }>(
  'anyNumber',
  'reset tokens',
  (db, p) => db.deleteFrom('reset_token').where('user_id', '=', p.user_id).where('tenant_id', '=', p.tenant_id),
)

/** Those that have had their time. */
export const oldResetTokens = oldRows('reset_token', 'token_hash', 'expires_at')
