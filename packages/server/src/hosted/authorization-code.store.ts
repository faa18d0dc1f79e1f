import type { TenantId, UserId } from '../kernel/ids.ts'
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

const expiredCode = query((db, p: { before: number }) =>
  db.selectFrom('authorization_code').select('hash').where('expires_at', '<=', p.before).limit(1),
)

/** Whether `deleteExpiredCodes` has anything to do. */
export async function hasExpiredCodes(db: Reader, before: number): Promise<boolean> {
  return (await db.first(expiredCode, { before })) !== undefined
}

/** The oldest `rows` that have expired by `before`, in all tenants. */
export const deleteExpiredCodes = write<{ before: number; rows: number }>('anyNumber', 'authorization codes', (db, p) =>
  db
    .deleteFrom('authorization_code')
    .where('hash', 'in', (from) =>
      from
        .selectFrom('authorization_code')
        .select('hash')
        .where('expires_at', '<=', p.before)
        .orderBy('expires_at')
        .limit(p.rows),
    ),
)

/** For a user who is erased. */
export const deleteCodesOfUser = write<{ user_id: UserId; tenant_id: TenantId }>(
  'anyNumber',
  'authorization codes',
  (db, p) => db.deleteFrom('authorization_code').where('user_id', '=', p.user_id).where('tenant_id', '=', p.tenant_id),
)
