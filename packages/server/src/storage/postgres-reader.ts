import type pg from 'pg'
import type { Compiler } from './compile.ts'
import type { StatementNamer } from './name-statements.ts'
import { runOnServer } from './postgres-pool.ts'
import type { Reader } from './storage.ts'

/** Reads, each on whichever connection is free. */
export function postgresReader(pool: pg.Pool, compiler: Compiler, nameStatement: StatementNamer): Reader {
  return {
    async first<Row>(query: Parameters<StatementNamer>[0], values: object) {
      const statement = nameStatement(query, values)
      const { rows } = await runOnServer(() => pool.query(statement))
      return rows[0] as Row | undefined
    },
    async list<Row>(query: Parameters<StatementNamer>[0], values: object) {
      const statement = nameStatement(query, values)
      const { rows } = await runOnServer(() => pool.query(statement))
      return rows as Row[]
    },
    async search<Row>(build: Parameters<Compiler['compileOnce']>[0]) {
      const { text, parameters } = compiler.compileOnce(build)
      const { rows } = await runOnServer(() => pool.query(text, [...parameters]))
      return rows as Row[]
    },
  }
}
