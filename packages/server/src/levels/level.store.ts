import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

export type CountRow = Schema['level_count']
export type StoryRow = Schema['level_story']
export type MarkRow = Schema['level_mark']

export const addCount = write<CountRow>('exactlyOne', 'level count', (db, row) =>
  db
    .insertInto('level_count')
    .values({
      span_ms: row.span_ms,
      at: row.at,
      tenant_id: row.tenant_id,
      measure: row.measure,
      label: row.label,
      count: row.count,
    })
    .onConflict((on) =>
      on
        .columns(['span_ms', 'at', 'tenant_id', 'measure', 'label'])
        .doUpdateSet((eb) => ({ count: eb('level_count.count', '+', eb.ref('excluded.count')) })),
    ),
)

/** Sums of one tenant, or of one span of time for all. */
export interface Sum extends Pick<CountRow, 'tenant_id' | 'measure' | 'label'> {
  readonly count: number
}

const sums = query((db, p: { span_ms: number; since: number; until: number }) =>
  db
    .selectFrom('level_count')
    .select(['tenant_id', 'measure', 'label'])
    .select((eb) => eb.fn.sum<number | string>('count').as('count'))
    .where('span_ms', '=', p.span_ms)
    .where('at', '>=', p.since)
    .where('at', '<', p.until)
    .groupBy(['tenant_id', 'measure', 'label'])
    .orderBy('tenant_id')
    .orderBy('measure')
    .orderBy('label'),
)

/** What was counted in spans that begin within this time, of all tenants. */
export async function sumCounts(
  db: Reader,
  time: { readonly span_ms: number; readonly since: number; readonly until: number },
): Promise<readonly Sum[]> {
  const rows = await db.list(sums, time)
  return rows.map((row) => ({ ...row, count: Number(row.count) }))
}

const oldCount = query((db, p: { span_ms: number; before: number }) =>
  db.selectFrom('level_count').select('at').where('span_ms', '=', p.span_ms).where('at', '<', p.before).limit(1),
)

export async function hasOldCounts(db: Reader, of: { readonly span_ms: number; readonly before: number }) {
  return (await db.first(oldCount, of)) !== undefined
}

export const deleteOldCounts = write<{ span_ms: number; before: number }>('anyNumber', 'level counts', (db, p) =>
  db.deleteFrom('level_count').where('span_ms', '=', p.span_ms).where('at', '<', p.before),
)

/** Those of these ids that are open. */
export async function findStories(db: Reader, ids: readonly string[]): Promise<readonly StoryRow[]> {
  const found: StoryRow[] = []
  for (let from = 0; from < ids.length; from += 200) {
    const some = ids.slice(from, from + 200)
    found.push(...(await db.search((rows) => rows.selectFrom('level_story').selectAll().where('id', 'in', some))))
  }
  return found
}

export const keepStory = write<StoryRow>('exactlyOne', 'level story', (db, row) =>
  db
    .insertInto('level_story')
    .values({
      id: row.id,
      tenant_id: row.tenant_id,
      kind: row.kind,
      factor_type: row.factor_type,
      key_shown: row.key_shown,
      ends_at: row.ends_at,
    })
    .onConflict((on) => on.column('id').doUpdateSet({ key_shown: row.key_shown, ends_at: row.ends_at })),
)

export const dropStory = write<{ id: string }>('anyNumber', 'level story', (db, p) =>
  db.deleteFrom('level_story').where('id', '=', p.id),
)

/** Fails when it has gone on, or somebody else has counted it. */
export const endStory = write<Pick<StoryRow, 'id' | 'ends_at'>>('exactlyOne', 'level story ended', (db, p) =>
  db.deleteFrom('level_story').where('id', '=', p.id).where('ends_at', '=', p.ends_at),
)

const overStories = query((db, p: { now: number; limit: number }) =>
  db.selectFrom('level_story').selectAll().where('ends_at', '<=', p.now).orderBy('ends_at').limit(p.limit),
)

/** What was begun and given up, the oldest first. */
export function listOverStories(db: Reader, now: number, limit: number): Promise<readonly StoryRow[]> {
  return db.list(overStories, { now, limit })
}

const marks = query((db) => db.selectFrom('level_mark').selectAll().orderBy('tenant_id').orderBy('name'))

/** Few: one for each level that burns and each transport that fails. */
export function listMarks(db: Reader): Promise<readonly MarkRow[]> {
  return db.list(marks, {})
}

/** Fails when another node was faster. */
export const insertMark = write<MarkRow>('insertedOnce', 'level mark', (db, row) =>
  db
    .insertInto('level_mark')
    .values({ tenant_id: row.tenant_id, name: row.name, state: row.state, at: row.at })
    .onConflict((on) => on.doNothing()),
)

/** Fails when it is not as it was seen. */
export const moveMark = write<MarkRow & { readonly seen_at: number }>('exactlyOne', 'level mark', (db, row) =>
  db
    .updateTable('level_mark')
    .set({ state: row.state, at: row.at })
    .where('tenant_id', '=', row.tenant_id)
    .where('name', '=', row.name)
    .where('at', '=', row.seen_at),
)

export const dropMark = write<Pick<MarkRow, 'tenant_id' | 'name' | 'at'>>('exactlyOne', 'level mark', (db, row) =>
  db
    .deleteFrom('level_mark')
    .where('tenant_id', '=', row.tenant_id)
    .where('name', '=', row.name)
    .where('at', '=', row.at),
)
