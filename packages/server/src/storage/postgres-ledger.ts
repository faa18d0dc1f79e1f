import type pg from 'pg'
import { counterKeyBytes } from './counter-key.ts'
import type { Counters } from './counters.ts'

const readLedger = { name: 'gatehouse_ledger', text: 'select state, expires_at, version from ledger where key = $1' }

const insertLedger = {
  name: 'gatehouse_ledger_insert',
  text: 'insert into ledger (key, state, expires_at, version) values ($1, $2, $3, 1) on conflict (key) do nothing',
}

const replaceLedger = {
  name: 'gatehouse_ledger_replace',
  text: 'update ledger set state = $2, expires_at = $3, version = version + 1 where key = $1 and version = $4',
}

const deleteLedger = { name: 'gatehouse_ledger_delete', text: 'delete from ledger where key = $1 and version = $2' }

/**
 * Small texts by key that all nodes share: read, decided and kept by compare-and-set.
 * @param run one statement that leaves no trace when it fails
 */
export function createPostgresLedger(
  run: (statement: pg.QueryConfig) => Promise<pg.QueryResult>,
): Pick<Counters, 'update'> {
  /** The last update of each name that is under way here: those of one node wait for each other, not for a conflict. */
  const turns = new Map<string, Promise<unknown>>()

  function inTurn<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const before = turns.get(name) ?? Promise.resolve()
    const mine = before.then(work, work)
    turns.set(name, mine)
    const leave = () => {
      if (turns.get(name) === mine) turns.delete(name)
    }
    mine.then(leave, leave)
    return mine
  }

  return {
    update(name, ttlMs, nowMs, decide) {
      const key = counterKeyBytes(name)
      return inTurn(name, async () => {
        // Another node may be faster: then it is decided again, on what that one has left.
        for (;;) {
          const { rows } = await run({ ...readLedger, values: [key] })
          const row = rows[0] as { state: string; expires_at: number; version: number } | undefined
          const before = row && row.expires_at > nowMs ? row.state : undefined
          const { kept, result } = decide(before)
          if (kept === before) return { result }
          const until = nowMs + ttlMs
          const statement =
            kept === undefined
              ? { ...deleteLedger, values: [key, row?.version] }
              : row
                ? { ...replaceLedger, values: [key, kept, until, row.version] }
                : { ...insertLedger, values: [key, kept, until] }
          const { rowCount } = await run(statement)
          if (rowCount === 1) return { result }
        }
      })
    },
  }
}
