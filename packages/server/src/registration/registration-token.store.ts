import type { TenantId } from '../kernel/ids.ts'
import { oldRows } from '../storage/old-rows.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

export type RegistrationTokenRow = Schema['registration_token']

const tokenByHash = query((db, p: { token_hash: Uint8Array }) =>
  db.selectFrom('registration_token').selectAll().where('token_hash', '=', p.token_hash),
)

/** The token with this hash, in any tenant, over or not. */
export function findRegistrationToken(db: Reader, tokenHash: Uint8Array): Promise<RegistrationTokenRow | undefined> {
  return db.first(tokenByHash, { token_hash: tokenHash })
}

export const insertRegistrationToken = write<RegistrationTokenRow>('exactlyOne', 'registration token', (db, row) =>
  db.insertInto('registration_token').values({
    token_hash: row.token_hash,
    tenant_id: row.tenant_id,
    email: row.email,
    email_key: row.email_key,
    client_id: row.client_id,
    expires_at: row.expires_at,
  }),
)

/** It is good once. Fails as `registration token spent`. */
export const spendRegistrationToken = write<{ token_hash: Uint8Array }>(
  'exactlyOne',
  'registration token spent',
  (db, p) => db.deleteFrom('registration_token').where('token_hash', '=', p.token_hash),
)

/** All that went to this address: it has an account now, or is erased. */
export const deleteRegistrationTokensOf = write<{ email_key: string; tenant_id: TenantId }>(
  'anyNumber',
  'registration tokens',
  (db, p) =>
    db.deleteFrom('registration_token').where('email_key', '=', p.email_key).where('tenant_id', '=', p.tenant_id),
)

/** Those that have had their time. */
export const oldRegistrationTokens = oldRows('registration_token', 'token_hash', 'expires_at')
