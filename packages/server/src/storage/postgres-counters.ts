import type pg from 'pg'
import type { Admission } from './admission.ts'
import { counterKeyBytes } from './counter-key.ts'
import type { Counters } from './counters.ts'
import { createKnownRefusals } from './known-refusals.ts'
import { runOnServer } from './postgres-pool.ts'
import { judgeWindow } from './sliding-windows.ts'

const once = {
  name: 'gatehouse_once',
  text: `insert into counter_once as kept (key, expires_at) values ($1, $2)
    on conflict (key) do update set expires_at = excluded.expires_at where kept.expires_at <= $3`,
}

const hit = {
  name: 'gatehouse_hit',
  text: `insert into counter_window as kept (key, stamps, expires_at)
      select $1, array[$2::bigint], $3 where $5 > 0
    on conflict (key) do update
      set stamps = array(select stamp from unnest(kept.stamps || excluded.stamps) stamp where stamp > $4 order by stamp),
        expires_at = greatest(kept.expires_at, excluded.expires_at)
      where (select count(*) from unnest(kept.stamps) stamp where stamp > $4) < $5
    returning stamps`,
}

const lookOnce = { name: 'gatehouse_look_once', text: 'select expires_at from counter_once where key = $1' }

const look = { name: 'gatehouse_look', text: 'select stamps from counter_window where key = $1' }

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

/** What has expired goes a little at a time: more than has come since, and never so much that anybody waits. */
const callsPerSweep = 1000
const rowsPerSweep = 2000
const sweeps = ['counter_once', 'counter_window', 'ledger'].map((table) => ({
  name: `gatehouse_sweep_${table}`,
  text: `delete from ${table} where key in
    (select key from ${table} where expires_at <= $1 order by expires_at limit ${rowsPerSweep} for update skip locked)`,
}))

/**
 * Counters that all nodes share: each call is one atomic statement and durable when it returns. Nothing is owed. What is
 * known to be refused is not asked for again.
 */
export function createPostgresCounters(pool: pg.Pool, admission: Admission): Counters {
  let calls = 0
  const known = createKnownRefusals()
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

  function sweepNowAndThen(nowMs: number): void {
    calls++
    if (calls % callsPerSweep !== 0) return
    // Nobody waits for it; if it fails, the next one has the more to do.
    for (const sweep of sweeps) admission.run(() => pool.query({ ...sweep, values: [nowMs] })).catch(() => {})
  }

  /** One statement that leaves no trace when it fails. */
  function run(statement: pg.QueryConfig): Promise<pg.QueryResult> {
    return admission.run(() => runOnServer(() => pool.query(statement)))
  }

  return {
    async hit(name, window, nowMs) {
      const full = known.findFull(name, window, nowMs)
      if (full) return full
      const { limit, windowMs } = window
      sweepNowAndThen(nowMs)
      const key = counterKeyBytes(name)
      const since = nowMs - windowMs
      const values = [key, nowMs, nowMs + windowMs, since, limit]
      const counted = await run({ ...hit, values })
      const allowed = counted.rows.length === 1
      const { rows } = allowed ? counted : await run({ ...look, values: [key] })
      const stamps = (rows[0]?.stamps ?? []).map(Number).filter((stamp: number) => stamp > since)
      const held = { count: stamps.length, leavingMs: stamps[stamps.length - limit] }
      const verdict = judgeWindow(held, allowed, window, nowMs)
      if (!allowed) known.keepFull(name, window, verdict.retryAfterMs, nowMs)
      return verdict
    },
    async once(name, ttlMs, nowMs) {
      if (known.isSeen(name, nowMs)) return { first: false }
      sweepNowAndThen(nowMs)
      const key = counterKeyBytes(name)
      const { rowCount } = await run({ ...once, values: [key, nowMs + ttlMs, nowMs] })
      if (rowCount === 1) return { first: true }
      const { rows } = await run({ ...lookOnce, values: [key] })
      known.keepSeen(name, Number(rows[0]?.expires_at ?? 0))
      return { first: false }
    },
    update(name, ttlMs, nowMs, decide) {
      sweepNowAndThen(nowMs)
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
