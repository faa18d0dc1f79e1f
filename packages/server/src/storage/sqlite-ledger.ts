import type Database from 'better-sqlite3-multiple-ciphers'
import { hourMs } from '../kernel/durations.ts'
import { counterKeyBytes } from './counter-key.ts'
import type { Counters, Owed } from './counters.ts'
import type { Storage } from './storage.ts'
import { type Write, write } from './write.ts'

/** Small texts by key. What is under way is in memory, all else in the table: a change by another process is seen at once. */
export interface SqliteLedger extends Pick<Counters, 'update'> {
  /** What has to be written of what one request owes: of each key the last, and nothing of what came and went. */
  condense(owed: readonly Write[]): readonly Write[]
  /** The writes of these counts are durable, or were given up: the table speaks again. */
  settle(owed: readonly Owed[]): void
}

interface Row {
  /** Empty where the text was forgotten: a row that is gone could come back by an older write. */
  readonly state: string
  readonly expires_at: number
  readonly version: number
}

/** Requests pay what they owe when they are done, in any order: what is older than the table does nothing. */
const keep = write<Row & { key: Uint8Array }>('anyNumber', 'ledger', (db, p) =>
  db
    .insertInto('ledger')
    .values({ key: p.key, state: p.state, expires_at: p.expires_at, version: p.version })
    .onConflict((on) =>
      on
        .column('key')
        .doUpdateSet({ state: p.state, expires_at: p.expires_at, version: p.version })
        .where('ledger.version', '<', p.version),
    ),
)

/** What has expired goes a little at a time, and nobody waits for it. */
const sweep = write<{ nowMs: number; rows: number }>('anyNumber', 'ledger', (db, p) =>
  db
    .deleteFrom('ledger')
    .where('key', 'in', (from) =>
      from.selectFrom('ledger').select('key').where('expires_at', '<=', p.nowMs).orderBy('expires_at').limit(p.rows),
    ),
)
const updatesPerSweep = 1000
const rowsPerSweep = 2000

/** Longer than any request. */
const forgottenMs = hourMs

export function createSqliteLedger(db: Database.Database, commit: Storage['commit']): SqliteLedger {
  const find = db.prepare<[Uint8Array], Row>('select state, expires_at, version from ledger where key = ?')
  /** The newest state of each key whose write is not durable yet. */
  const underWay = new Map<string, { readonly row: Row; readonly write: Write }>()
  const names = new WeakMap<Write, string>()
  let updates = 0

  return {
    async update(name, ttlMs, nowMs, decide) {
      updates++
      // If it fails, the next one has the more to do.
      if (updates % updatesPerSweep === 0) commit([sweep({ nowMs, rows: rowsPerSweep })], []).catch(() => {})
      // No wait between reading and remembering: that is what makes it one step.
      const key = counterKeyBytes(name)
      const row = underWay.get(name)?.row ?? find.get(key)
      const before = row && row.expires_at > nowMs && row.state !== '' ? row.state : undefined
      const { kept, result } = decide(before)
      if (kept === before) return { result }
      const next = {
        state: kept ?? '',
        expires_at: nowMs + (kept === undefined ? forgottenMs : ttlMs),
        version: (row?.version ?? 0) + 1,
      }
      const owed = keep({ key, ...next })
      underWay.set(name, { row: next, write: owed })
      names.set(owed, name)
      return { result, owed }
    },
    condense(owed) {
      const byKey = Map.groupBy(owed, (each) => names.get(each))
      return [...byKey.values()].flatMap((writes) => {
        const last = writes.at(-1)
        if (!last) return []
        const { state, version } = last.values as Row
        // All versions there ever were are here, and the last of them forgets.
        return state === '' && version === writes.length ? [] : [last]
      })
    },
    settle(owed) {
      for (const each of owed) {
        if (!('guard' in each)) continue
        const name = names.get(each)
        if (name !== undefined && underWay.get(name)?.write === each) underWay.delete(name)
      }
    },
  }
}
