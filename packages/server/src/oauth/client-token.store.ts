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

const expiredToken = query((db, p: { before: number }) =>
  db.selectFrom('client_token').select('hash').where('expires_at', '<=', p.before).limit(1),
)

/** Whether `deleteExpiredTokens` has anything to do. */
export async function hasExpiredTokens(db: Reader, before: number): Promise<boolean> {
  return (await db.first(expiredToken, { before })) !== undefined
}

/** The oldest `rows` that have expired by `before`. */
export const deleteExpiredTokens = write<{ before: number; rows: number }>('anyNumber', 'client tokens', (db, p) =>
  db
    .deleteFrom('client_token')
    .where('hash', 'in', (from) =>
      from
        .selectFrom('client_token')
        .select('hash')
        .where('expires_at', '<=', p.before)
        .orderBy('expires_at')
        .limit(p.rows),
    ),
)
