import { oldRows } from '../storage/old-rows.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

export type CodeRow = Schema['authorization_code']

const codeByHash = query((db, p: { hash: Uint8Array }) =>
  db.selectFrom('authorization_code').selectAll().where('hash', '=', p.hash),
)

/** The code with this hash, good or not. */
export function findCodeRow(db: Reader, hash: Uint8Array): Promise<CodeRow | undefined> {
  return db.first(codeByHash, { hash })
}

export const insertCode = write<CodeRow>('exactlyOne', 'authorization code', (db, p) =>
  db.insertInto('authorization_code').values({
    hash: p.hash,
    tenant_id: p.tenant_id,
    client_id: p.client_id,
    user_id: p.user_id,
    session_id: p.session_id,
    redirect_uri: p.redirect_uri,
    code_challenge: p.code_challenge,
    created_at: p.created_at,
    expires_at: p.expires_at,
    spent_at: p.spent_at,
  }),
)

/** A code is good once. Fails as `code spent`. */
export const spendCode = write<{ hash: Uint8Array; spent_at: number }>('exactlyOne', 'code spent', (db, p) =>
  db
    .updateTable('authorization_code')
    .set({ spent_at: p.spent_at })
    .where('hash', '=', p.hash)
    .where('spent_at', 'is', null),
)

/** Those that have had their time. */
export const oldCodes = oldRows('authorization_code', 'hash', 'expires_at')
