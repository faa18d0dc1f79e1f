import { type Compilable, type Dialect, DummyDriver, Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** A statement as an engine runs it, however often. */
export interface Compiled {
  readonly text: string
  /** The parameters of one run, in order. Throws when one is missing or cannot be stored: a mistake in the program. */
  readonly bind: (values: object) => unknown[]
}

interface Buildable {
  readonly build: (db: Kysely<Schema>, values: never) => Compilable
}

/** Turns builders into text for one engine. */
export interface Compiler {
  /** Runs `build` once in the life of the compiler, with placeholders in the place of values. */
  compile(statement: Buildable): Compiled
  /** Runs `build` as it is and keeps nothing. */
  compileOnce(build: (db: Kysely<Schema>, values: Record<never, never>) => Compilable): {
    readonly text: string
    readonly parameters: readonly unknown[]
  }
}

/** A compiler for the engine that `dialect` speaks to; it never connects. */
export function createCompiler(dialect: Dialect): Compiler {
  const db = new Kysely<Schema>({
    dialect: {
      createDriver: () => new DummyDriver(),
      createAdapter: () => dialect.createAdapter(),
      createIntrospector: (kysely) => dialect.createIntrospector(kysely),
      createQueryCompiler: () => dialect.createQueryCompiler(),
    },
  })
  const known = new WeakMap<Buildable, Compiled>()
  return {
    compile(statement) {
      const before = known.get(statement)
      if (before) return before
      const compiled = compileWithPlaceholders(db, statement)
      known.set(statement, compiled)
      return compiled
    },
    compileOnce(build) {
      const { sql, parameters } = build(db, {}).compile()
      return { text: sql, parameters }
    },
  }
}

function compileWithPlaceholders(db: Kysely<Schema>, statement: Buildable): Compiled {
  const nameOf = new Map<unknown, string>()
  const values = new Proxy(
    {},
    {
      get(_, property) {
        if (typeof property === 'symbol') return undefined
        const placeholder = Object.freeze({ placeholder: property })
        nameOf.set(placeholder, property)
        return placeholder
      },
      ownKeys() {
        throw new Error('A statement is built once, before its values are known: name each value, do not spread them.')
      },
    },
  )
  const { sql: text, parameters } = statement.build(db, values as never).compile()
  const names = parameters.map((parameter) => nameOf.get(parameter))

  function bind(given: object): unknown[] {
    const bound = parameters.slice()
    for (let i = 0; i < bound.length; i++) {
      const name = names[i]
      if (name === undefined) continue
      const value = (given as Readonly<Record<string, unknown>>)[name]
      if (!isStorable(value)) throw new Error(`The value "${name}" is missing or of no type that is stored: ${text}`)
      bound[i] = value
    }
    return bound
  }
  return { text, bind }
}

/** What both engines store as it is. Times are numbers and JSON is text before they come here. */
function isStorable(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || value === null || value instanceof Uint8Array
}
