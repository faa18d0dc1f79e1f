import type pg from 'pg'
import type { Admission } from './admission.ts'
import { counterKey } from './counter-key.ts'
import type { Counters } from './counters.ts'
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

const look = { name: 'gatehouse_look', text: 'select stamps from counter_window where key = $1' }

/** What has expired goes a little at a time: more than has come since, and never so much that anybody waits. */
const callsPerSweep = 1000
const rowsPerSweep = 2000
const sweeps = ['counter_once', 'counter_window'].map((table) => ({
  name: `gatehouse_sweep_${table}`,
  text: `delete from ${table} where key in
    (select key from ${table} where expires_at <= $1 order by expires_at limit ${rowsPerSweep} for update skip locked)`,
}))

/** Counters that all nodes share: each call is one atomic statement and durable when it returns. Nothing is owed. */
export function createPostgresCounters(pool: pg.Pool, admission: Admission): Counters {
  let calls = 0

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
    async hit(name, { limit, windowMs }, nowMs) {
      sweepNowAndThen(nowMs)
      const key = counterKey(name)
      const since = nowMs - windowMs
      const values = [key, nowMs, nowMs + windowMs, since, limit]
      const counted = await run({ ...hit, values })
      const allowed = counted.rows.length === 1
      const { rows } = allowed ? counted : await run({ ...look, values: [key] })
      const stamps = (rows[0]?.stamps ?? []).map(Number).filter((stamp: number) => stamp > since)
      return judgeWindow(stamps, allowed, { limit, windowMs }, nowMs)
    },
    async once(name, ttlMs, nowMs) {
      sweepNowAndThen(nowMs)
      const values = [counterKey(name), nowMs + ttlMs, nowMs]
      const { rowCount } = await run({ ...once, values })
      return { first: rowCount === 1 }
    },
  }
}
