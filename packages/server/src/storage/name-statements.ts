import type { Compiled, Compiler } from './compile.ts'

/** A statement that each connection to PostgreSQL plans once. */
export interface NamedStatement {
  readonly name: string
  readonly text: string
  readonly values: unknown[]
}

export type StatementNamer = (statement: Parameters<Compiler['compile']>[0], values: object) => NamedStatement

/** Gives each statement its name, which it keeps. */
export function createStatementNamer(compiler: Compiler): StatementNamer {
  const names = new WeakMap<Compiled, string>()
  let count = 0
  return (statement, values) => {
    const compiled = compiler.compile(statement)
    let name = names.get(compiled)
    if (name === undefined) {
      name = `gatehouse_${count++}`
      names.set(compiled, name)
    }
    return { name, text: compiled.text, values: compiled.bind(values) }
  }
}
