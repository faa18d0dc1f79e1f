import { sql } from 'kysely'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

export type SealRow = Schema['seal']

const newestSeal = query((db) => db.selectFrom('seal').selectAll().orderBy('number', 'desc').limit(1))

/** The seal that stands for the whole log. */
export function findNewestSeal(db: Reader): Promise<SealRow | undefined> {
  return db.first(newestSeal, {})
}

const sealsFrom = query((db, p: { number: number; limit: number }) =>
  db.selectFrom('seal').selectAll().where('number', '>=', p.number).orderBy('number').limit(p.limit),
)

/** Seals in order, from this one on. */
export function listSeals(db: Reader, number: number, limit: number): Promise<readonly SealRow[]> {
  return db.list(sealsFrom, { number, limit })
}

const unsealed = query((db, p: { after: number; limit: number }) =>
  db
    .selectFrom('event')
    .select([
      'seq',
      'id',
      'tenant_id',
      'type',
      'at',
      'actor',
      'client_system',
      'user_id',
      'session_id',
      'request_id',
      'data',
      'commitment',
    ])
    .where('position', 'is', null)
    .where('seq', '>', p.after)
    .orderBy('seq')
    .limit(p.limit),
)

/** Events that have no position yet, in order of insertion. */
export function listUnsealed(db: Reader, after: number, limit: number) {
  return db.list(unsealed, { after, limit })
}

/** The name of the guard of `insertSeal`: what is sealed can be read when it is done. */
export const sealGuard = 'seal'

/**
 * Fails when another node has sealed first. It is the first write of its commit, so that nodes that seal at once wait
 * for each other here.
 */
export const insertSeal = write<SealRow>('insertedOnce', sealGuard, (db, p) =>
  db
    .insertInto('seal')
    .values({
      number: p.number,
      size: p.size,
      root: p.root,
      note: p.note,
      last_seq: p.last_seq,
      sealed_at: p.sealed_at,
    })
    .onConflict((on) => on.doNothing()),
)

/** Positions from `base` on for the events that have none, from `first` to `last`. `assertNumbered` counts them. */
export const numberEvents = write<{ first: number; last: number; base: number }>('anyNumber', 'events', (db, p) =>
  db
    .updateTable('event')
    .from((from) =>
      from
        .selectFrom('event')
        .select(['seq', sql<number>`${p.base} + row_number() over (order by seq) - 1`.as('place')])
        .where('position', 'is', null)
        .where('seq', '>=', p.first)
        .where('seq', '<=', p.last)
        .as('numbered'),
    )
    .set((eb) => ({ position: eb.ref('numbered.place') }))
    .whereRef('event.seq', '=', 'numbered.seq'),
)

interface Numbered extends Pick<SealRow, 'number' | 'size'> {
  readonly base: number
  readonly count: number
}

/** Fails when an event has come to light among those that were read: the batch has to be read again. */
export const assertNumbered = write<Numbered>('exactlyOne', 'events as read', (db, p) =>
  db
    .updateTable('seal')
    .set((eb) => ({ size: eb.ref('size') }))
    .where('number', '=', p.number)
    .where((eb) =>
      eb(
        eb
          .selectFrom('event')
          .select((each) => each.fn.countAll<number>().as('rows'))
          .where('position', '>=', p.base),
        '=',
        p.count,
      ),
    ),
)

export const replaceTile = write<Schema['log_tile']>('anyNumber', 'tile', (db, p) =>
  db
    .insertInto('log_tile')
    .values({ level: p.level, number: p.number, hashes: p.hashes })
    .onConflict((on) => on.columns(['level', 'number']).doUpdateSet({ hashes: p.hashes })),
)

const tileAt = query((db, p: { level: number; number: number }) =>
  db.selectFrom('log_tile').select('hashes').where('level', '=', p.level).where('number', '=', p.number),
)

/** The hashes of a tile in one piece. */
export async function findTile(db: Reader, level: number, number: number): Promise<Uint8Array | undefined> {
  return (await db.first(tileAt, { level, number }))?.hashes
}
