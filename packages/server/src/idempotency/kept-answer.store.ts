import type { TenantId } from '../kernel/ids.ts'
import { oldRows } from '../storage/old-rows.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

export type KeptRow = Schema['kept_answer']

/** Which attempt at which request. Every write of an attempt demands that no later one has taken its place. */
export interface Attempt {
  readonly key: Uint8Array
  readonly attempt: number
}

const rowOfKey = query((db, p: { key: Uint8Array }) =>
  db.selectFrom('kept_answer').selectAll().where('key', '=', p.key),
)

export function findKeptRow(db: Reader, key: Uint8Array): Promise<KeptRow | undefined> {
  return db.first(rowOfKey, { key })
}

/** The first request with this key. */
export const insertKept = write<KeptRow>('insertedOnce', 'request with this key', (db, p) =>
  db
    .insertInto('kept_answer')
    .values({
      key: p.key,
      tenant_id: p.tenant_id,
      client_id: p.client_id,
      sealed: p.sealed,
      attempt: p.attempt,
      holder: p.holder,
      runs_until: p.runs_until,
      begun_at: p.begun_at,
      answered_at: p.answered_at,
      expires_at: p.expires_at,
    })
    .onConflict((conflict) => conflict.doNothing()),
)

/** Puts a new attempt, the one after `seen`, in the place of one that has come to nothing. */
export const replaceKept = write<
  Pick<KeptRow, 'key' | 'sealed' | 'attempt' | 'holder' | 'runs_until' | 'expires_at'> & { readonly seen: number }
>('exactlyOne', 'attempt taken over', (db, p) =>
  db
    .updateTable('kept_answer')
    .set({
      sealed: p.sealed,
      attempt: p.attempt,
      holder: p.holder,
      runs_until: p.runs_until,
      begun_at: null,
      answered_at: null,
      expires_at: p.expires_at,
    })
    .where('key', '=', p.key)
    .where('attempt', '=', p.seen),
)

export const begunName = 'attempt overtaken'

/** Says that the attempt has changed something. Stands in every commit of it. */
export const markBegun = write<Attempt & { readonly at: number }>('exactlyOne', begunName, (db, p) =>
  db
    .updateTable('kept_answer')
    .set({ begun_at: p.at })
    .where('key', '=', p.key)
    .where('attempt', '=', p.attempt)
    .where('answered_at', 'is', null),
)

/** No more than an attempt of a tenant that was reset has nothing to keep its answer in. */
export const keepAnswer = write<Attempt & { readonly sealed: Uint8Array; readonly at: number }>(
  'anyNumber',
  'kept answer',
  (db, p) =>
    db
      .updateTable('kept_answer')
      .set({ sealed: p.sealed, answered_at: p.at })
      .where('key', '=', p.key)
      .where('attempt', '=', p.attempt),
)

/** Forgets an attempt, whatever it has done. */
export const forgetAttempt = write<Attempt>('anyNumber', 'attempt', (db, p) =>
  db.deleteFrom('kept_answer').where('key', '=', p.key).where('attempt', '=', p.attempt),
)

/** Forgets an attempt that has changed nothing. */
export const forgetIdleAttempt = write<Attempt>('anyNumber', 'attempt', (db, p) =>
  db.deleteFrom('kept_answer').where('key', '=', p.key).where('attempt', '=', p.attempt).where('begun_at', 'is', null),
)

export const deleteKeptOfTenant = write<{ tenantId: TenantId }>('anyNumber', 'kept answers', (db, p) =>
  db.deleteFrom('kept_answer').where('tenant_id', '=', p.tenantId),
)

/** Those that have had their time. */
export const oldKept = oldRows('kept_answer', 'key', 'expires_at')
