import type { TenantId, UserId } from '../../kernel/ids.ts'
import type { Schema } from '../../storage/schema.ts'
import type { Reader } from '../../storage/storage.ts'
import { query, write } from '../../storage/write.ts'

type Row = Schema['familiar_place']

const placeByMark = query((db, p: { user_id: UserId; mark: Uint8Array }) =>
  db.selectFrom('familiar_place').selectAll().where('user_id', '=', p.user_id).where('mark', '=', p.mark),
)

/** The place, if its owner has signed in from there before. */
export function findPlace(db: Reader, userId: UserId, mark: Uint8Array): Promise<Row | undefined> {
  return db.first(placeByMark, { user_id: userId, mark })
}

const newestPlaces = query((db, p: { user_id: UserId; since: number; limit: number }) =>
  db
    .selectFrom('familiar_place')
    .select('seen_at')
    .where('user_id', '=', p.user_id)
    .where('seen_at', '>', p.since)
    .limit(p.limit),
)

/** How many places somebody has signed in from since; no more than `limit` are counted. */
export async function countPlacesSince(db: Reader, userId: UserId, since: number, limit: number): Promise<number> {
  return (await db.list(newestPlaces, { user_id: userId, since, limit })).length
}

/** Knows a place, or knows that it is still in use. */
export const seePlace = write<{ tenant_id: TenantId; user_id: UserId; mark: Uint8Array; seen_at: number }>(
  'anyNumber',
  'familiar place',
  (db, p) =>
    db
      .insertInto('familiar_place')
      .values({ tenant_id: p.tenant_id, user_id: p.user_id, mark: p.mark, seen_at: p.seen_at })
      .onConflict((on) => on.columns(['user_id', 'mark']).doUpdateSet({ seen_at: p.seen_at })),
)

const oldPlace = query((db, p: { before: number }) =>
  db.selectFrom('familiar_place').select('seen_at').where('seen_at', '<=', p.before).limit(1),
)

/** Whether `deleteOldPlaces` has anything to do. */
export async function hasOldPlaces(db: Reader, before: number): Promise<boolean> {
  return (await db.first(oldPlace, { before })) !== undefined
}

/** All that nobody has signed in from since. */
export const deleteOldPlaces = write<{ before: number }>('anyNumber', 'familiar places', (db, p) =>
  db.deleteFrom('familiar_place').where('seen_at', '<=', p.before),
)
