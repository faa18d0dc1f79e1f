import type Database from 'better-sqlite3-multiple-ciphers'
import { storageUnavailable } from './commit-faults.ts'
import type { Compiled, Compiler } from './compile.ts'
import { isStorageFailure } from './sqlite-connection.ts'
import type { Reader } from './storage.ts'

/** Reads on a connection of this thread. Each statement sees the last commit, of this process or another one. */
export function sqliteReader(db: Database.Database, compiler: Compiler): Reader {
  const prepared = new WeakMap<Compiled, Database.Statement>()

  function prepare(compiled: Compiled): Database.Statement {
    const before = prepared.get(compiled)
    if (before) return before
    const statement = db.prepare(compiled.text)
    prepared.set(compiled, statement)
    return statement
  }

  return {
    async first<Row>(query: Parameters<Compiler['compile']>[0], values: object) {
      const compiled = compiler.compile(query)
      const parameters = compiled.bind(values)
      return read(() => prepare(compiled).get(parameters) as Row | undefined)
    },
    async list<Row>(query: Parameters<Compiler['compile']>[0], values: object) {
      const compiled = compiler.compile(query)
      const parameters = compiled.bind(values)
      return read(() => prepare(compiled).all(parameters) as Row[])
    },
    async search<Row>(build: Parameters<Compiler['compileOnce']>[0]) {
      const { text, parameters } = compiler.compileOnce(build)
      return read(() => db.prepare(text).all(parameters) as Row[])
    },
  }
}

function read<Result>(run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    throw isStorageFailure(error) ? storageUnavailable(error) : error
  }
}
