import { type Dialect, type LimitNode, SqliteDialect, SqliteQueryCompiler, ValueNode } from 'kysely'

/** A dialect that only compiles: connections are opened elsewhere. */
export function sqliteDialect(): Dialect {
  const dialect = new SqliteDialect({ database: () => Promise.reject(new Error('a compiler does not connect')) })
  return {
    createDriver: () => dialect.createDriver(),
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => new LimitCompiler(),
  }
}

/**
 * SQLite plans a statement anew, for 20 to 40 µs, each time that a limit is bound which is a parameter and nothing else: the
 * limit might change the plan. So a limit that is known is written down, and one that is not is an expression.
 */
class LimitCompiler extends SqliteQueryCompiler {
  protected override visitLimit({ limit }: LimitNode): void {
    this.append('limit ')
    if (ValueNode.is(limit) && typeof limit.value === 'number') {
      this.append(String(limit.value))
    } else {
      this.visitNode(limit)
      this.append(' + 0')
    }
  }
}
