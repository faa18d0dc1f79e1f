import type pg from 'pg'
import { counterKey } from './counter-key.ts'
import type { Counters } from './counters.ts'

const readLedger = { name: 'gatehouse_ledger', text: 'select state, expires_at from ledger where key = $1' }

const insertLedger = {
  name: 'gatehouse_ledger_insert',
  text: 'insert into ledger (key, state, expires_at) values ($1, $2, $3) on conflict (key) do nothing',
}

const replaceLedger = {
  name: 'gatehouse_ledger_replace',
  text: 'update ledger set state = $2, expires_at = $3 where key = $1 and state = $4 and expires_at = $5',
}

const deleteLedger = {
  name: 'gatehouse_ledger_delete',
  text: 'delete from ledger where key = $1 and state = $2 and expires_at = $3',
}

/** All of it that a decision goes by: whoever made a row that says the same, it is the same. */
interface Row {
  readonly state: string
  readonly expires_at: number
}

/** What a node has kept last. */
interface Remembered {
  readonly row: Row
  /** Whether the next update may begin with it. */
  readonly mayBegin: boolean
}

/** More than there are sign-ins at one time. */
const rememberedAtMost = 5000

/**
 * Small texts by key that all nodes share: decided, and kept by compare-and-set. It is decided first on what this node
 * has kept last, or on nothing, as there mostly is: that takes one statement where to read first takes two, one after the other.
 * Not twice in a row: a node that never reads would always be faster than one that has to.
 * @param run one statement that leaves no trace when it fails
 */
export function createPostgresLedger(
  run: (statement: pg.QueryConfig) => Promise<pg.QueryResult>,
): Pick<Counters, 'update'> {
  /** The last update of each name that is under way here: those of one node wait for each other, not for a conflict. */
  const turns = new Map<string, Promise<unknown>>()
  /** What this node has kept last, the oldest first. Another node may have changed it since. */
  const keptHere = new Map<string, Remembered>()

  function inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = turns.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    turns.set(key, mine)
    const leave = () => {
      if (turns.get(key) === mine) turns.delete(key)
    }
    mine.then(leave, leave)
    return mine
  }

  function remember(key: string, row: Row | undefined, mayBegin: boolean): void {
    keptHere.delete(key)
    if (!row) return
    const [oldest] = keptHere.keys()
    if (keptHere.size >= rememberedAtMost && oldest !== undefined) keptHere.delete(oldest)
    keptHere.set(key, { row, mayBegin })
  }

  async function read(key: Uint8Array): Promise<Row | undefined> {
    const { rows } = await run({ ...readLedger, values: [key] })
    return rows[0]
  }

  /** False when another node was faster. */
  async function replace(key: Uint8Array, before: Row | undefined, next: Row | undefined): Promise<boolean> {
    const kept = before ? [before.state, before.expires_at] : []
    const statement = !next
      ? { ...deleteLedger, values: [key, ...kept] }
      : { ...(before ? replaceLedger : insertLedger), values: [key, next.state, next.expires_at, ...kept] }
    return (await run(statement)).rowCount === 1
  }

  return {
    update(name, ttlMs, nowMs, decide) {
      const key = counterKey(name)
      const bytes = Buffer.from(key, 'latin1')
      return inTurn(key, async () => {
        const remembered = keptHere.get(key)
        let isRead = remembered?.mayBegin === false
        let row = isRead ? await read(bytes) : remembered?.row
        for (;;) {
          const before = row && row.expires_at > nowMs ? row.state : undefined
          const { kept, result } = decide(before)
          if (kept === before) {
            if (isRead) return { result }
          } else {
            const next = kept === undefined ? undefined : { state: kept, expires_at: nowMs + ttlMs }
            if (await replace(bytes, row, next)) {
              remember(key, next, isRead || !remembered)
              return { result }
            }
          }
          row = await read(bytes)
          isRead = true
        }
      })
    },
  }
}
