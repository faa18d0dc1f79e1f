import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

const cursorOf = query((db, p: { reader: string }) =>
  db.selectFrom('log_cursor').select('position').where('reader', '=', p.reader),
)

/** The first position that the reader has not read; undefined for one that has read nothing. */
export async function findCursor(db: Reader, reader: string): Promise<number | undefined> {
  return (await db.first(cursorOf, { reader }))?.position
}

const allCursors = query((db) => db.selectFrom('log_cursor').selectAll())

/** Of each reader the first position that it has not read. */
export async function listCursors(db: Reader): Promise<Map<string, number>> {
  return new Map((await db.list(allCursors, {})).map(({ reader, position }) => [reader, position]))
}

/** Fails as `cursor known` when another node was faster. */
export const insertCursor = write<Schema['log_cursor']>('insertedOnce', 'cursor known', (db, p) =>
  db
    .insertInto('log_cursor')
    .values({ reader: p.reader, position: p.position })
    .onConflict((on) => on.doNothing()),
)

/** The name of the guard of `moveCursor`. */
export const cursorGuard = 'cursor moved'

/** Fails when another node has read these events: what goes with it is not done twice. */
export const moveCursor = write<{ reader: string; from: number; to: number }>('exactlyOne', cursorGuard, (db, p) =>
  db.updateTable('log_cursor').set({ position: p.to }).where('reader', '=', p.reader).where('position', '=', p.from),
)

const sealedFrom = query((db, p: { position: number; limit: number }) =>
  db
    .selectFrom('event')
    .select([
      'position',
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
      'email',
      'ip_address',
      'user_agent',
      'geo_location',
    ])
    .where('position', '>=', p.position)
    .orderBy('position')
    .limit(p.limit),
)

/** Sealed events from this position on. */
export function listSealed(db: Reader, position: number, limit: number) {
  return db.list(sealedFrom, { position, limit })
}
