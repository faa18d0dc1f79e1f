import { oldRows } from '../storage/old-rows.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

export type ClientTokenRow = Schema['client_token']

const tokenByHash = query((db, p: { hash: Uint8Array }) =>
  db.selectFrom('client_token').selectAll().where('hash', '=', p.hash),
)

export function findTokenRow(db: Reader, hash: Uint8Array): Promise<ClientTokenRow | undefined> {
  return db.first(tokenByHash, { hash })
}

export const insertToken = write<ClientTokenRow>('exactlyOne', 'client token', (db, p) =>
  db.insertInto('client_token').values({
    hash: p.hash,
    tenant_id: p.tenant_id,
    client_id: p.client_id,
    client_slug: p.client_slug,
    credential: p.credential,
    scopes: p.scopes,
    created_at: p.created_at,
    expires_at: p.expires_at,
  }),
)

/** Fails when it is gone already. */
export const deleteToken = write<Pick<ClientTokenRow, 'hash' | 'client_id'>>('exactlyOne', 'client token', (db, p) =>
  db.deleteFrom('client_token').where('hash', '=', p.hash).where('client_id', '=', p.client_id),
)

/** Those that have had their time. */
export const oldTokens = oldRows('client_token', 'hash', 'expires_at')
