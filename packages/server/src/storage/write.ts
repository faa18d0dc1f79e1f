import type { Compilable, Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/**
 * What a write must achieve for its commit to stand:
 * `exactlyOne` row changed (the compare-and-set of the house), `insertedOnce` (the row was not there before; write it as
 * `on conflict do nothing`), or `anyNumber`. The first two also fail when a value that must be unique is another row's.
 */
export type Guard = 'exactlyOne' | 'insertedOnce' | 'anyNumber'

/**
 * A statement whose text is made once for each engine. `build` runs once, with placeholders instead of values: it may
 * put them into the statement and nothing else (no `if` on them, no arithmetic, no spreading, no list for an `in`).
 */
export interface Statement<Values> {
  readonly build: (db: Kysely<Schema>, values: Values) => Compilable
}

/** One change, not yet made. `commit` makes it, together with its companions or not at all. */
export interface Write {
  readonly statement: Statement<never>
  readonly values: object
  readonly guard: Guard
  /** What `commit` answers when the guard fails, in the caller's words: `challenge spent`. */
  readonly guardName: string
}

/** A query whose text is made once for each engine; see `Statement`. `Row` is what each row looks like. */
export interface Query<Values, Row> {
  readonly build: (db: Kysely<Schema>, values: Values) => Compilable<Row>
}

/** Declares a query. The row's type is that of the builder. */
export function query<Values, Row>(build: (db: Kysely<Schema>, values: Values) => Compilable<Row>): Query<Values, Row> {
  return { build }
}

/** Declares a kind of write; the result makes a `Write` of values. */
export function write<Values extends object>(
  guard: Guard,
  guardName: string,
  build: (db: Kysely<Schema>, values: Values) => Compilable,
): (values: Values) => Write {
  const statement: Statement<Values> = { build }
  return (values) => ({ statement: statement as Statement<never>, values, guard, guardName })
}
