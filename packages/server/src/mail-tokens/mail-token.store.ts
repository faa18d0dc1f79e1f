import type { TenantId } from '../kernel/ids.ts'
import { oldRows } from '../storage/old-rows.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

export type MailTokenRow = Schema['mail_token']

const tokenByHash = query((db, p: { token_hash: Uint8Array }) =>
  db.selectFrom('mail_token').selectAll().where('token_hash', '=', p.token_hash),
)

/** The token with this hash, in any tenant, over or not. */
export function findTokenRow(db: Reader, tokenHash: Uint8Array): Promise<MailTokenRow | undefined> {
  return db.first(tokenByHash, { token_hash: tokenHash })
}

export const insertMailToken = write<MailTokenRow>('exactlyOne', 'mail token', (db, row) =>
  db.insertInto('mail_token').values({
    token_hash: row.token_hash,
    tenant_id: row.tenant_id,
    client_id: row.client_id,
    subject: row.subject,
    about: row.about,
    expires_at: row.expires_at,
  }),
)

/** It is good once. Fails as `mail token spent`. */
export const spendMailToken = write<Pick<MailTokenRow, 'token_hash'>>('exactlyOne', 'mail token spent', (db, p) =>
  db.deleteFrom('mail_token').where('token_hash', '=', p.token_hash),
)

export const deleteMailTokensOf = write<{ subject: string; tenant_id: TenantId }>('anyNumber', 'mail tokens', (db, p) =>
  db.deleteFrom('mail_token').where('subject', '=', p.subject).where('tenant_id', '=', p.tenant_id),
)

/** Those that have had their time. */
export const oldMailTokens = oldRows('mail_token', 'token_hash', 'expires_at')
