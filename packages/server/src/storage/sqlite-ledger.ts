import type Database from 'better-sqlite3-multiple-ciphers'
import { counterKey } from './counter-key.ts'
import type { Counters, Owed } from './counters.ts'
import { type Write, write } from './write.ts'

/** Small texts by key. What is under way is in memory, all else in the table: a change by another process is seen at once. */
export interface SqliteLedger extends Pick<Counters, 'update'> {
  /** The writes of these counts are durable, or were given up: the table speaks again. */
  settle(owed: readonly Owed[]): void
}

interface Row {
  readonly state: string
  readonly expires_at: number
}

const keep = write<{ key: Uint8Array; state: string; expires_at: number }>('anyNumber', 'ledger', (db, p) =>
  db
    .insertInto('ledger')
    .values({ key: p.key, state: p.state, expires_at: p.expires_at, version: 1 })
    .onConflict((on) => on.column('key').doUpdateSet({ state: p.state, expires_at: p.expires_at })),
)

const forget = write<{ key: Uint8Array }>('anyNumber', 'ledger', (db, p) =>
  db.deleteFrom('ledger').where('key', '=', p.key),
)

export function createSqliteLedger(db: Database.Database): SqliteLedger {
  const find = db.prepare<[Uint8Array], Row>('select state, expires_at from ledger where key = ?')
  /** The newest state of each key whose write is not durable yet. */
  const underWay = new Map<string, { readonly row: Row | undefined; readonly write: Write }>()
  const names = new WeakMap<Write, string>()

  return {
    async update(name, ttlMs, nowMs, decide) {
      // No wait between reading and remembering: that is what makes it one step.
      const key = counterKey(name)
      const pending = underWay.get(name)
      const row = pending ? pending.row : find.get(key)
      const before = row && row.expires_at > nowMs ? row.state : undefined
      const { kept, result } = decide(before)
      if (kept === before) return { result }
      const next = kept === undefined ? undefined : { state: kept, expires_at: nowMs + ttlMs }
      const owed = next ? keep({ key, ...next }) : forget({ key })
      underWay.set(name, { row: next, write: owed })
      names.set(owed, name)
      return { result, owed }
    },
    settle(owed) {
      for (const each of owed) {
        if (each instanceof Uint8Array) continue
        const name = names.get(each)
        if (name !== undefined && underWay.get(name)?.write === each) underWay.delete(name)
      }
    },
  }
}
