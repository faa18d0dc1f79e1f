import type { Counters, Owed } from './counters.ts'
import type { Query, Write } from './write.ts'

/** Reads. What it sees is what was committed before the read began. */
export interface Reader {
  /** The first row, or undefined. */
  first<Values extends object, Row>(query: Query<Values, Row>, values: Values): Promise<Row | undefined>
  list<Values extends object, Row>(query: Query<Values, Row>, values: Values): Promise<readonly Row[]>
  /** A query made for this one call (a search with optional filters). Its text is not kept. */
  search<Row>(build: Query<Record<never, never>, Row>['build']): Promise<readonly Row[]>
}

/** What became of a commit: everything, or nothing and the name of the guard that failed. */
export type Committed = { readonly done: true } | { readonly done: false; readonly failed: string }

/** One database, whichever engine it is. */
export interface Storage extends Reader {
  readonly engine: 'sqlite' | 'postgres'
  readonly counters: Counters
  /**
   * Makes all of `writes` durable together, or none. `owed` counts become durable in the same commit and stay, whatever
   * becomes of `writes`. An empty list of writes makes only `owed` durable.
   * @throws Fault `overloaded` when too much waits already (nothing was written), `storage_unavailable` when the
   * database cannot write.
   */
  commit(writes: readonly Write[], owed: readonly Owed[]): Promise<Committed>
  /** Whether it takes writes now. Changes nothing. */
  isReady(): Promise<boolean>
  close(): Promise<void>
}
