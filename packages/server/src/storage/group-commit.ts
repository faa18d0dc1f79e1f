import { openJournal } from './journal.ts'
import { isStorageFailure, isTaken, openConnection, sqliteCode } from './sqlite-connection.ts'
import type { Batch, ErrorText, FromWriter, Open, UnitFailure } from './writer-protocol.ts'

/** The write connection. Blocks its thread while it works. */
export interface GroupCommit {
  /** Makes all units of `batches` durable in one commit, each by itself all or nothing. */
  commit(batches: readonly Batch[]): FromWriter
  close(): void
}

/** A statement to run, or why there is none: that is then the error of every unit that uses it. */
interface Prepared {
  readonly width: number
  /** How many rows it has changed. */
  readonly run: (parameters: unknown[]) => number
}

export function createGroupCommit({ open, syncDelayMs }: Open): GroupCommit {
  const db = openConnection(open, { mode: 'write', cacheMiB: 32 })
  db.pragma('foreign_keys = on')
  db.pragma('wal_autocheckpoint = 4000')
  const journal = openJournal(db)
  const begin = db.prepare('begin immediate')
  const commit = db.prepare('commit')
  const startUnit = db.prepare('savepoint unit')
  const undoUnit = db.prepare('rollback to unit')
  const endUnit = db.prepare('release unit')
  /** Writes a page without changing anything in it. */
  const probe = db.prepare('pragma user_version = 0')
  const statements: Prepared[] = []
  let failing = false

  function prepare(text: string, width: number): Prepared {
    try {
      const statement = db.prepare(text)
      // A query is a guard: what it finds counts as what it has changed.
      const run = statement.reader
        ? (parameters: unknown[]) => (statement.get(parameters) === undefined ? 0 : 1)
        : (parameters: unknown[]) => statement.run(parameters).changes
      return { width, run }
    } catch (error) {
      const fail = () => {
        throw error
      }
      return { width, run: fail }
    }
  }

  function statementOf(write: number | undefined): Prepared {
    const statement = statements[(write ?? -1) >> 1]
    if (statement === undefined) throw new Error('a batch uses a statement that was not sent')
    return statement
  }

  function runBatch(batch: Batch, firstUnit: number, failures: UnitFailure[]): void {
    let write = 0
    let parameter = 0
    for (const [index, size] of batch.sizes.entries()) {
      if (size === 0) continue
      startUnit.run()
      const failure = runUnit(batch, write, size, parameter)
      if (failure) {
        undoUnit.run()
        failures.push({ unit: firstUnit + index, ...failure })
      }
      endUnit.run()
      for (const end = write + size; write < end; write++) parameter += statementOf(batch.writes[write]).width
    }
  }

  /** @throws what says that the database cannot write; everything else is the failure of this unit alone */
  function runUnit(batch: Batch, firstWrite: number, size: number, firstParameter: number) {
    let parameter = firstParameter
    let i = 0
    let write = 0
    try {
      for (; i < size; i++) {
        write = batch.writes[firstWrite + i] ?? 0
        const { run, width } = statementOf(write)
        const changes = run(batch.parameters.slice(parameter, parameter + width))
        if (write & 1 && changes !== 1) return { failedWrite: i }
        parameter += width
      }
    } catch (error) {
      if (isStorageFailure(error) || !db.inTransaction) throw error
      if (write & 1 && isTaken(error)) return { failedWrite: i }
      return { error: textOf(error) }
    }
    return undefined
  }

  /** A disk that fails may fail this, too. The next commit then finds the transaction open and comes here again. */
  function abandon(): void {
    try {
      if (db.inTransaction) db.exec('rollback')
    } catch {}
  }

  return {
    commit(batches) {
      for (const batch of batches) {
        for (const { text, width } of batch.statements) statements.push(prepare(text, width))
      }
      const failures: UnitFailure[] = []
      let units = 0
      try {
        begin.run()
        // An empty commit asks whether the disk takes writes again, and must touch it to know.
        if (failing) probe.run()
        const counts = batches.flatMap((batch) => batch.counts)
        if (counts.length > 0) journal.append(counts)
        for (const batch of batches) {
          runBatch(batch, units, failures)
          units += batch.sizes.length
        }
        commit.run()
        failing = false
      } catch (error) {
        failing = true
        abandon()
        return { units: batches.reduce((sum, batch) => sum + batch.sizes.length, 0), unavailable: textOf(error) }
      }
      if (syncDelayMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, syncDelayMs)
      return failures.length === 0 ? units : { units, failures }
    },
    close() {
      db.close()
    },
  }
}

function textOf(error: unknown): ErrorText {
  return { message: error instanceof Error ? error.message : String(error), code: sqliteCode(error) }
}
