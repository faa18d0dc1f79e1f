import type { JournalRow } from './journal.ts'
import type { SqliteFile } from './sqlite-connection.ts'

/** What the writer thread is told. The first message is `Open`, the last one `'close'`. */
export type ToWriter = Open | Batch | 'close'

export interface Open {
  readonly open: SqliteFile
  /** Stands in for a slower disk: how long an answer waits after its commit. For tests and the bench. */
  readonly syncDelayMs: number
}

/** The units of one turn of the loop, flat, because copying many small objects to another thread is what costs. */
export interface Batch {
  /** Statements that were not sent before. They are numbered from 0, over all batches. */
  readonly statements: StatementText[]
  /** How many writes each unit has; 0 for one that only makes counts durable. */
  readonly sizes: number[]
  /** For each write the number of its statement, doubled, plus 1 if it must change exactly one row. */
  readonly writes: number[]
  /** The parameters of all writes, one after the other. */
  readonly parameters: unknown[]
  /** The counts of all units. */
  readonly counts: readonly JournalRow[]
}

export interface StatementText {
  readonly text: string
  /** How many parameters it takes. */
  readonly width: number
}

/** What the writer thread says after each commit: how many units are durable, or that and what did not go well. */
export type FromWriter = number | PartlyDone | NotDone

/** The commit is durable, without the units named here. */
export interface PartlyDone {
  readonly units: number
  readonly failures: readonly UnitFailure[]
}

/** One unit left no trace: a guard failed, or a statement did. */
export type UnitFailure =
  | { readonly unit: number; readonly failedWrite: number }
  | { readonly unit: number; readonly error: ErrorText }

/** Nothing of these units was written: the database cannot write. */
export interface NotDone {
  readonly units: number
  readonly unavailable: ErrorText
}

/** An error as it crosses threads. */
export interface ErrorText {
  readonly message: string
  readonly code: string | undefined
}
