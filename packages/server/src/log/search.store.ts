import type { Expression, ExpressionBuilder, SqlBool } from 'kysely'
import type { TenantId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query } from '../storage/write.ts'

/** Everything that an index leads to: the newest event with this value, and the next one, and so on. */
export interface Walk {
  readonly column:
    | 'tenant_id'
    | 'type'
    | 'client_system'
    | 'user_id'
    | 'session_id'
    | 'request_id'
    | 'email'
    | 'address_key'
    | 'country'
  readonly value: string | Uint8Array
}

/** Addresses from the first to the last (`addressKey`), both included. */
export interface KeyRange {
  readonly first: Uint8Array
  readonly last: Uint8Array
}

/** What every event that is found must have, whichever way led to it. Times in epoch milliseconds. */
export interface EventConditions {
  /** Each of these at once. */
  readonly walks: readonly Walk[]
  /** One of these, where it matters. */
  readonly types: readonly string[] | undefined
  readonly network: KeyRange | undefined
  readonly sinceMs: number | undefined
  readonly untilMs: number | undefined
}

type Columns = ExpressionBuilder<Schema, 'event'>

/** In the words of the index `event_country`, or it would not be used. */
function isCountry(eb: Columns, country: string): Expression<SqlBool> {
  const code = eb.fn<string>('substr', [eb.ref('geo_location'), eb.lit(1), eb.lit(2)])
  return eb.and([eb('geo_location', 'is not', null), eb(code, '=', country)])
}

function isOnWalk(eb: Columns, { column, value }: Walk): Expression<SqlBool> {
  return column === 'country' ? isCountry(eb, String(value)) : eb(column, '=', value as never)
}

/** Where events stand (`seq`), of all tenants, from `from` on and below `before`, the newest first. */
export async function listWalk(db: Reader, walk: Walk, from: number, before: number, limit: number): Promise<number[]> {
  const rows = await db.search((kysely) =>
    kysely
      .selectFrom('event')
      .select('seq')
      .where((eb) => isOnWalk(eb, walk))
      .where('seq', '>=', from)
      .where('seq', '<', before)
      .orderBy('seq', 'desc')
      .limit(limit),
  )
  return rows.map(({ seq }) => seq)
}

const inRange = query((db, p: KeyRange & { limit: number }) =>
  db
    .selectFrom('event')
    .select('seq')
    .where('address_key', '>=', p.first)
    .where('address_key', '<=', p.last)
    .limit(p.limit),
)

/** Where events from a network stand, of all tenants, in no order. */
export async function listNetwork(db: Reader, { first, last }: KeyRange, limit: number): Promise<number[]> {
  return (await db.list(inRange, { first, last, limit })).map(({ seq }) => seq)
}

/** Of the events at these places those of the tenant that fit, the newest first. */
export function listFitting(
  db: Reader,
  tenantId: TenantId,
  places: readonly number[],
  { walks, types, network, sinceMs, untilMs }: EventConditions,
  limit: number,
) {
  return db.search((kysely) => {
    let found = kysely.selectFrom('event').selectAll().where('tenant_id', '=', tenantId).where('seq', 'in', places)
    for (const walk of walks) found = found.where((eb) => isOnWalk(eb, walk))
    if (types) found = found.where('type', 'in', types)
    if (network) found = found.where('address_key', '>=', network.first).where('address_key', '<=', network.last)
    if (sinceMs !== undefined) found = found.where('at', '>=', sinceMs)
    if (untilMs !== undefined) found = found.where('at', '<', untilMs)
    return found.orderBy('seq', 'desc').limit(limit)
  })
}

const firstFrom = query((db, p: { seq: number }) =>
  db.selectFrom('event').select(['seq', 'at']).where('seq', '>=', p.seq).orderBy('seq').limit(1),
)

/** The oldest event that stands here or after. */
export function findFirstFrom(db: Reader, seq: number) {
  return db.first(firstFrom, { seq })
}

const newest = query((db) => db.selectFrom('event').select('seq').orderBy('seq', 'desc').limit(1))

/** Where the newest event stands; 0 when there is none. */
export async function findNewestSeq(db: Reader): Promise<number> {
  return (await db.first(newest, {}))?.seq ?? 0
}
