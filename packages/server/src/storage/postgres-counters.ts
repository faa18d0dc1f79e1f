import type pg from 'pg'
import type { Admission } from './admission.ts'
import { counterKey } from './counter-key.ts'
import type { Counters, Hit, Window } from './counters.ts'
import { type Ask, gather } from './gather.ts'
import { createKnownRefusals, type KnownRefusals } from './known-refusals.ts'
import { createPostgresLedger } from './postgres-ledger.ts'
import { runOnServer } from './postgres-pool.ts'
import { judgeWindow } from './sliding-windows.ts'

/** Keys, times and how long each is remembered. In the order of the keys, so that no two statements wait for each other. */
const once = {
  name: 'gatehouse_once',
  text: `insert into counter_once as kept (key, expires_at)
      select key, now + $3::bigint from unnest($1::bytea[], $2::bigint[]) as asked (key, now) order by key
    on conflict (key) do update set expires_at = excluded.expires_at
      where kept.expires_at <= excluded.expires_at - $3::bigint
    returning key`,
}

/** Keys, times, the length of the window and its limit. */
const hit = {
  name: 'gatehouse_hit',
  text: `insert into counter_window as kept (key, stamps, expires_at)
      select key, array[now], now + $3::bigint from unnest($1::bytea[], $2::bigint[]) as asked (key, now)
      where $4::bigint > 0 order by key
    on conflict (key) do update
      set stamps = array(
          select stamp from unnest(kept.stamps || excluded.stamps) stamp
          where stamp > excluded.stamps[1] - $3::bigint order by stamp
        ),
        expires_at = greatest(kept.expires_at, excluded.expires_at)
      where (
          select count(*) from unnest(kept.stamps) stamp where stamp > excluded.stamps[1] - $3::bigint
        ) < $4::bigint
    returning key, cardinality(stamps) as count, stamps[1] as oldest`,
}

const lookOnce = {
  name: 'gatehouse_look_once',
  text: 'select key, expires_at from counter_once where key = any($1::bytea[])',
}

const look = { name: 'gatehouse_look', text: 'select key, stamps from counter_window where key = any($1::bytea[])' }

/** What has expired goes a little at a time: more than has come since, and never so much that anybody waits. */
const callsPerSweep = 1000
const rowsPerSweep = 2000
const sweeps = ['counter_once', 'counter_window', 'ledger'].map((table) => ({
  name: `gatehouse_sweep_${table}`,
  text: `delete from ${table} where key in
    (select key from ${table} where expires_at <= $1 order by expires_at limit ${rowsPerSweep} for update skip locked)`,
}))

type Run = (statement: pg.QueryConfig) => Promise<pg.QueryResult>

interface OnceAsk extends Ask {
  readonly ttlMs: number
  readonly nowMs: number
}

interface HitAsk extends Ask {
  readonly window: Window
  readonly nowMs: number
}

/**
 * Counters that all nodes share: what is asked at the same time is one atomic statement and durable when it returns.
 * Nothing is owed. What is known to be refused is not asked for again.
 */
export function createPostgresCounters(pool: pg.Pool, admission: Admission): Counters {
  const known = createKnownRefusals()
  const run: Run = (statement) => runOnServer(() => pool.query(statement))
  const ledger = createPostgresLedger((statement) => admission.run(() => run(statement)))
  const askOnce = gather((asks: readonly OnceAsk[]) => answerOnce(run, known, asks))
  const askHit = gather((asks: readonly HitAsk[]) => answerHits(run, known, asks))
  let calls = 0

  function sweepNowAndThen(nowMs: number): void {
    calls++
    if (calls % callsPerSweep !== 0) return
    // Nobody waits for it; if it fails, the next one has the more to do.
    for (const sweep of sweeps) admission.run(() => pool.query({ ...sweep, values: [nowMs] })).catch(() => {})
  }

  async function count(key: string, window: Window, nowMs: number): Promise<Hit> {
    const kind = `${window.limit} ${window.windowMs}`
    const verdict = await admission.run(() => askHit({ kind, key, window, nowMs }))
    sweepNowAndThen(nowMs)
    return verdict
  }

  async function isFirst(key: string, ttlMs: number, nowMs: number): Promise<{ readonly first: boolean }> {
    const first = await admission.run(() => askOnce({ kind: `${ttlMs}`, key, ttlMs, nowMs }))
    sweepNowAndThen(nowMs)
    return { first }
  }

  return {
    // What is known to be refused is said at once: a flood waits for nothing.
    hit(name, window, nowMs) {
      const key = counterKey(name)
      return known.findFull(key, window, nowMs) ?? count(key, window, nowMs)
    },
    once(name, ttlMs, nowMs) {
      const key = counterKey(name)
      return known.isSeen(key, nowMs) ? { first: false } : isFirst(key, ttlMs, nowMs)
    },
    update(name, ttlMs, nowMs, decide) {
      sweepNowAndThen(nowMs)
      return ledger.update(name, ttlMs, nowMs, decide)
    },
  }
}

async function answerOnce(run: Run, known: KnownRefusals, asks: readonly OnceAsk[]): Promise<boolean[]> {
  const open = asks.filter(({ key, nowMs }) => !known.isSeen(key, nowMs))
  const [any] = open
  if (!any) return asks.map(() => false)
  const values = [keysOf(open), open.map(({ nowMs }) => nowMs), any.ttlMs]
  const first = new Set((await run({ ...once, values })).rows.map(keyOf))
  const seen = open.filter(({ key }) => !first.has(key))
  if (seen.length > 0) {
    const { rows } = await run({ ...lookOnce, values: [keysOf(seen)] })
    for (const row of rows) known.keepSeen(keyOf(row), row.expires_at)
  }
  return asks.map(({ key }) => first.has(key))
}

async function answerHits(run: Run, known: KnownRefusals, asks: readonly HitAsk[]): Promise<Hit[]> {
  const verdicts = new Map<string, Hit>()
  const open = asks.filter(({ key, window, nowMs }) => {
    const full = known.findFull(key, window, nowMs)
    if (full) verdicts.set(key, full)
    return !full
  })
  const [any] = open
  if (any) {
    const { windowMs, limit } = any.window
    const counted = await run({ ...hit, values: [keysOf(open), open.map(({ nowMs }) => nowMs), windowMs, limit] })
    const held = new Map(counted.rows.map((row) => [keyOf(row), { count: row.count, leavingMs: row.oldest }]))
    const refused = open.filter(({ key }) => !held.has(key))
    const stamps = refused.length > 0 ? await readStamps(run, refused) : new Map<string, readonly number[]>()
    for (const { key, window, nowMs } of open) {
      const counts = held.get(key)
      const living = (stamps.get(key) ?? []).filter((stamp) => stamp > nowMs - windowMs)
      const full = { count: living.length, leavingMs: living[living.length - limit] }
      const verdict = judgeWindow(counts ?? full, counts !== undefined, window, nowMs)
      if (!counts) known.keepFull(key, window, verdict.retryAfterMs, nowMs)
      verdicts.set(key, verdict)
    }
  }
  return asks.map(({ key }) => verdicts.get(key) as Hit)
}

/** What the windows of these hold, the oldest first. */
async function readStamps(run: Run, asks: readonly Ask[]): Promise<Map<string, readonly number[]>> {
  const { rows } = await run({ ...look, values: [keysOf(asks)] })
  return new Map(rows.map((row) => [keyOf(row), row.stamps.map(Number)]))
}

function keysOf(asks: readonly Ask[]): Uint8Array[] {
  return asks.map(({ key }) => Buffer.from(key, 'latin1'))
}

function keyOf({ key }: { readonly key: Buffer }): string {
  return key.toString('latin1')
}
