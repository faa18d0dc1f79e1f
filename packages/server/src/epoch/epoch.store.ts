import type { FactorId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

interface At {
  readonly at: number
}

const newestRestoration = query((db) =>
  db.selectFrom('restoration').select(['at', 'backup_at']).orderBy('number', 'desc').limit(1),
)

/** When a backup was restored here the last time. */
export function findRestoration(db: Reader): Promise<{ readonly at: number; readonly backup_at: number } | undefined> {
  return db.first(newestRestoration, {})
}

export const insertRestoration = write<At & { backup_at: number }>('exactlyOne', 'restoration', (db, p) =>
  db.insertInto('restoration').values({ backup_at: p.backup_at, at: p.at }),
)

const factorsInOrder = query((db, p: { after: FactorId; limit: number }) =>
  db.selectFrom('factor').selectAll().where('id', '>', p.after).orderBy('id').limit(p.limit),
)

/** Factors of all tenants in the order of their ids. */
export function listAllFactors(db: Reader, after: FactorId, limit: number): Promise<readonly Schema['factor'][]> {
  return db.list(factorsInOrder, { after, limit })
}

export const replaceFactorData = write<Pick<Schema['factor'], 'id' | 'version' | 'data'>>(
  'exactlyOne',
  'factor changed',
  (db, p) =>
    db
      .updateTable('factor')
      .set((eb) => ({ data: p.data, version: eb('version', '+', 1) }))
      .where('id', '=', p.id)
      .where('version', '=', p.version),
)

export const dropFactor = write<Pick<Schema['factor'], 'id'>>('anyNumber', 'factor', (db, p) =>
  db.deleteFrom('factor').where('id', '=', p.id),
)

/**
 * What can have been used, ended or taken back after the backup was made, of all tenants. Sessions are kept as ended ones:
 * whoever verifies tokens by itself hears of them.
 */
export const endings: readonly ((p: At) => ReturnType<ReturnType<typeof write<At>>>)[] = [
  write<At>('anyNumber', 'sessions', (db, p) =>
    db.updateTable('session').set({ ended_at: p.at, end_reason: 'restored' }).where('ended_at', 'is', null),
  ),
  write<At>('anyNumber', 'challenges', (db) => db.deleteFrom('challenge')),
  write<At>('anyNumber', 'questions', (db) => db.deleteFrom('question')),
  write<At>('anyNumber', 'enrolments', (db) => db.deleteFrom('factor').where('confirmed_at', 'is', null)),
  write<At>('anyNumber', 'mail tokens', (db) => db.deleteFrom('mail_token')),
  write<At>('anyNumber', 'devices', (db) => db.deleteFrom('device')),
  write<At>('anyNumber', 'client tokens', (db) => db.deleteFrom('client_token')),
  write<At>('anyNumber', 'recoveries', (db, p) =>
    db.updateTable('recovery_request').set({ ended_at: p.at, end_reason: 'overtaken' }).where('ended_at', 'is', null),
  ),
  // They were sent since, or hold codes that are void now.
  write<At>('anyNumber', 'messages', (db, p) =>
    db
      .updateTable('message')
      .set({ sealed: null, next_attempt_at: null, failed_at: p.at, failure: 'restored' })
      .where('next_attempt_at', 'is not', null),
  ),
  // Whatever was bound to a user as they were, or to the keys that a client has read, is void.
  write<At>('anyNumber', 'users', (db) =>
    db
      .updateTable('user')
      .set((eb) => ({ version: eb('version', '+', 1), factors_version: eb('factors_version', '+', 1) })),
  ),
  write<At>('anyNumber', 'clients', (db) =>
    db
      .updateTable('client')
      .set((eb) => ({ token_key_number: eb('token_key_number', '+', 1), version: eb('version', '+', 1) })),
  ),
]
