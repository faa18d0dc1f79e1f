import type { Kysely } from 'kysely'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { type Write, write } from '../storage/write.ts'

/** A column that holds sealed values, and what of its row is needed to find and to open them. */
export interface SealedPlace {
  readonly table: keyof Schema
  readonly column: string
  /** The primary key, or another unique one. */
  readonly key: readonly [string] | readonly [string, string]
  /** What else names the home of a value. */
  readonly also: readonly string[]
}

export type Cell = string | number | Uint8Array | null
export type Row = Readonly<Record<string, Cell>>

/** One text serves tables of every form, so their columns are known by name only. */
type AnyTables = Kysely<Record<string, Record<string, Cell>>>
const loosely = (db: Kysely<Schema>) => db as unknown as AnyTables

/** The next rows in the order of their key, after one that was seen. */
export function listSealedRows(
  db: Reader,
  { table, column, key, also }: SealedPlace,
  after: Row | undefined,
  limit: number,
): Promise<readonly Row[]> {
  const [first, second] = key
  return db.search<Row>((kysely) => {
    const rows = loosely(kysely)
      .selectFrom(table)
      .select([...new Set([...key, ...also, column])])
      .orderBy(first)
      .limit(limit)
    const last = (name: string) => after?.[name] ?? ''
    if (second === undefined) return after ? rows.where(first, '>', last(first)) : rows
    const inOrder = rows.orderBy(second)
    // As a row value, which the index finds; of an "or" both engines read all rows that were seen.
    return after
      ? inOrder.where(({ eb, refTuple, tuple }) => eb(refTuple(first, second), '>', tuple(last(first), last(second))))
      : inOrder
  })
}

interface Replacement {
  readonly one: Cell
  readonly two: Cell
  readonly seen: Cell
  readonly sealed: Cell
}

/** Puts one value in the place of another, unless something else has come there: that is newer. */
export function replacerOf({ table, column, key }: SealedPlace): (row: Row, sealed: Cell) => Write {
  const [first, second] = key
  const replace = write<Replacement>('anyNumber', `${table}.${column} sealed anew`, (db, p) => {
    const changed = loosely(db)
      .updateTable(table)
      .set({ [column]: p.sealed })
      .where(first, '=', p.one)
      .where(column, '=', p.seen)
    return second === undefined ? changed : changed.where(second, '=', p.two)
  })
  return (row, sealed) =>
    replace({ one: row[first] ?? '', two: second ? (row[second] ?? '') : '', seen: row[column] ?? '', sealed })
}
