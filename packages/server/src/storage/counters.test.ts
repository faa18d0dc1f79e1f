import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Counted, Owed } from './counters.ts'
import { onBothEngines, sqliteForTest } from './test-storage.ts'
import { query, write } from './write.ts'

const now = 1_700_000_000_000

onBothEngines('of 100 who show the same key at once one is the first', async (_, open) => {
  const { counters } = await open()
  const all = await Promise.all(Array.from({ length: 100 }, () => counters.once('signature', 1000, now)))
  assert.equal(all.filter(({ first }) => first).length, 1)
})

onBothEngines('a key is remembered to the millisecond, and then is new again', async (_, open) => {
  const { counters } = await open()
  const seen = async (at: number) => (await counters.once('key', 1000, at)).first
  assert.equal(await seen(now), true)
  assert.equal(await seen(now + 999), false)
  assert.equal(await seen(now + 1000), true)
  assert.equal(await seen(now + 1999), false)
  assert.equal((await counters.once('another key', 1000, now)).first, true)
})

onBothEngines('a digest is a name, of which the first sixteen bytes count', async (_, open) => {
  const { counters } = await open()
  const seen = async (hex: string) => {
    const digest = Buffer.from(hex, 'hex').toString('latin1')
    return (await counters.once({ digest }, 1000, now)).first
  }
  assert.equal(await seen('ff'.repeat(32)), true)
  assert.equal(await seen('ff'.repeat(32)), false)
  assert.equal(await seen(`${'ff'.repeat(15)}fe${'ff'.repeat(16)}`), true)
  assert.equal(await seen(`00${'ff'.repeat(31)}`), true)
})

onBothEngines('of 100 hits at once exactly as many as the limit are allowed', async (_, open) => {
  const { counters } = await open()
  const window = { limit: 7, windowMs: 60_000 }
  const all = await Promise.all(Array.from({ length: 100 }, () => counters.hit('login', window, now)))
  assert.equal(all.filter(({ allowed }) => allowed).length, 7)
  assert.deepEqual(
    all
      .map(({ remaining }) => remaining)
      .filter((remaining) => remaining > 0)
      .sort(),
    [1, 2, 3, 4, 5, 6],
  )
})

onBothEngines('what is counted together is judged one by one, whatever else comes with it', async (_, open) => {
  const { counters } = await open()
  await counters.once('seen', 1000, now)
  const seen = await Promise.all([
    counters.once('seen', 1000, now),
    counters.once('twice', 1000, now),
    counters.once('short', 10, now),
    counters.once('twice', 1000, now + 1),
    counters.once('seen', 1000, now + 1000),
  ])
  const [again, twice, short, twiceToo, later] = seen.map(({ first }) => first)
  assert.deepEqual([again, short, later], [false, true, true])
  assert.notEqual(twice, twiceToo, 'one of the two, whichever is the first')
  const hits = await Promise.all([
    counters.hit('a', { limit: 1, windowMs: 1000 }, now),
    counters.hit('b', { limit: 2, windowMs: 1000 }, now),
    counters.hit('a', { limit: 1, windowMs: 1000 }, now + 1),
    counters.hit('none', { limit: 0, windowMs: 1000 }, now),
    counters.hit('b', { limit: 2, windowMs: 1000 }, now + 1),
    counters.hit('b', { limit: 2, windowMs: 1000 }, now + 2),
  ])
  // Whichever of the same key comes first: two calls can be under way.
  const verdicts = (...indexes: readonly number[]) =>
    indexes.map((index) => `${hits[index]?.allowed} ${hits[index]?.remaining}`).toSorted()
  assert.deepEqual(verdicts(0, 2), ['false 0', 'true 0'])
  assert.deepEqual(verdicts(1, 4, 5), ['false 0', 'true 0', 'true 1'])
  assert.deepEqual(hits[3], { allowed: false, remaining: 0, retryAfterMs: 1000 })
})

onBothEngines('the window slides to the millisecond, and a refused hit is not counted', async (_, open) => {
  const { counters } = await open()
  const hit = async (at: number) => {
    const { allowed, remaining, retryAfterMs } = await counters.hit('login', { limit: 3, windowMs: 1000 }, now + at)
    return { allowed, remaining, retryAfterMs }
  }
  assert.deepEqual(await hit(0), { allowed: true, remaining: 2, retryAfterMs: 0 })
  assert.deepEqual(await hit(400), { allowed: true, remaining: 1, retryAfterMs: 0 })
  assert.deepEqual(await hit(700), { allowed: true, remaining: 0, retryAfterMs: 300 })
  assert.deepEqual(await hit(999), { allowed: false, remaining: 0, retryAfterMs: 1 })
  assert.deepEqual(await hit(1000), { allowed: true, remaining: 0, retryAfterMs: 400 })
  assert.deepEqual(await hit(1399), { allowed: false, remaining: 0, retryAfterMs: 1 })
  assert.deepEqual(await hit(1400), { allowed: true, remaining: 0, retryAfterMs: 300 })
  assert.deepEqual(await hit(5000), { allowed: true, remaining: 2, retryAfterMs: 0 })
})

onBothEngines('hits that arrive in another order than their times are counted alike', async (_, open) => {
  const { counters } = await open()
  const hit = (at: number) => counters.hit('login', { limit: 2, windowMs: 1000 }, now + at)
  assert.equal((await hit(500)).allowed, true)
  assert.equal((await hit(300)).allowed, true)
  assert.equal((await hit(1299)).retryAfterMs, 1)
  assert.equal((await hit(1300)).allowed, true)
  assert.equal((await hit(1499)).allowed, false)
  assert.equal((await hit(1500)).allowed, true)
})

onBothEngines('a limit of none allows none', async (_, open) => {
  const { counters } = await open()
  assert.equal((await counters.hit('closed', { limit: 0, windowMs: 1000 }, now)).allowed, false)
})

onBothEngines('counts that were committed are there after a restart, for as long as they last', async (_, open) => {
  const window = { limit: 2, windowMs: 1000 }
  const month = { limit: 1, windowMs: 30 * 24 * 3_600_000 }
  const before = await open()
  const owed: Owed[] = []
  for (const count of [
    await before.counters.once('signature', 1000, now),
    await before.counters.hit('login', window, now),
    await before.counters.hit('login', window, now + 100),
    await before.counters.hit('mfa', month, now),
  ]) {
    if (count.owed) owed.push(count.owed)
  }
  await before.commit([], owed)
  await before.close()

  const { counters } = await open({ nowMs: now + 200 })
  assert.equal((await counters.once('signature', 1000, now + 999)).first, false)
  assert.equal((await counters.once('signature', 1000, now + 1000)).first, true)
  assert.equal((await counters.hit('login', window, now + 999)).allowed, false)
  assert.equal((await counters.hit('login', window, now + 1000)).allowed, true)
  assert.equal((await counters.hit('mfa', month, now + month.windowMs - 1)).allowed, false)
  assert.equal((await counters.hit('mfa', month, now + month.windowMs)).allowed, true)
})

onBothEngines('counts stay though the commit that carried them failed', async (_, open) => {
  const deleteClient = write<{ slug: string }>('exactlyOne', 'client', (db, p) =>
    db.deleteFrom('client').where('slug', '=', p.slug),
  )
  const before = await open()
  const { owed } = await before.counters.once('signature', 1000, now)
  const committed = await before.commit([deleteClient({ slug: 'nobody' })], owed ? [owed] : [])
  assert.deepEqual(committed, { done: false, failed: 'client' })
  await before.close()
  const { counters } = await open({ nowMs: now })
  assert.equal((await counters.once('signature', 1000, now + 1)).first, false)
})

test('the journal forgets what has expired and keeps what lasts', async (t) => {
  const open = await sqliteForTest(t)
  const storage = await open()
  const journal = query((db) => db.selectFrom('journal' as never).select((eb) => eb.fn.countAll<number>().as('rows')))
  const owe = async (count: Counted<object>) => {
    const { owed } = await count
    assert.ok(owed)
    await storage.commit([], [owed])
  }
  await owe(storage.counters.hit('month', { limit: 5, windowMs: 30 * 24 * 3_600_000 }, now))
  for (let i = 0; i < 400; i++) await owe(storage.counters.once(`key ${i}`, 1000, now + i * 100))
  const rows = (await storage.first(journal, {}))?.rows ?? 0
  assert.ok(rows <= 10 + 16, `${rows} rows for 10 living keys`)
  await storage.close()
  const after = await open({ nowMs: now + 40_000 })
  assert.equal(
    (await after.counters.hit('month', { limit: 5, windowMs: 30 * 24 * 3_600_000 }, now + 40_000)).remaining,
    3,
  )
})

onBothEngines('of 100 updates at once each sees what the one before it has left', async (_, open) => {
  const { counters, commit } = await open()
  const count = () =>
    counters.update('account', 60_000, now, (kept) => {
      const next = Number(kept ?? 0) + 1
      return { kept: String(next), result: next }
    })
  const all = await Promise.all(Array.from({ length: 100 }, count))
  assert.deepEqual(new Set(all.map(({ result }) => result)).size, 100)
  await commit(
    [],
    all.flatMap(({ owed }) => (owed ? [owed] : [])),
  )
  assert.equal((await count()).result, 101)
})

onBothEngines('a text is kept over a restart, for its time, and is gone when it is forgotten', async (_, open) => {
  let storage = await open()
  const put = async (text: string | undefined, at = now) => {
    const { result, owed } = await storage.counters.update('name', 1000, at, (kept) => ({ kept: text, result: kept }))
    await storage.commit([], owed ? [owed] : [])
    return result
  }
  assert.equal(await put('one'), undefined)
  await storage.close()
  storage = await open()
  assert.equal(await put('two'), 'one')
  assert.equal(await put('three', now + 999), 'two')
  assert.equal(await put('three', now + 3000), undefined)
  assert.equal(await put(undefined, now + 3001), 'three')
  assert.equal(await put(undefined, now + 3001), undefined)
})

onBothEngines('a text that was owed stays although the commit it came with fails', async (_, open) => {
  const { counters, commit } = await open()
  const { owed } = await counters.update('name', 1000, now, () => ({ kept: 'counted', result: undefined }))
  const impossible = write<{ slug: string }>('exactlyOne', 'nobody', (db, p) =>
    db.updateTable('client').set({ name: 'x' }).where('slug', '=', p.slug),
  )
  assert.deepEqual(await commit([impossible({ slug: 'nobody' })], owed ? [owed] : []), {
    done: false,
    failed: 'nobody',
  })
  const { result } = await counters.update('name', 1000, now, (kept) => ({ kept, result: kept }))
  assert.equal(result, 'counted')
})

onBothEngines('what is paid late does not undo what came after it', async (_, open) => {
  const { counters, commit } = await open()
  const put = (text: string | undefined) => counters.update('name', 60_000, now, () => ({ kept: text, result: text }))
  const owed = []
  for (const text of ['one', 'two', 'three']) owed.push((await put(text)).owed)
  for (const each of owed.toReversed()) await commit([], each ? [each] : [])
  assert.equal((await counters.update('name', 60_000, now, (kept) => ({ kept, result: kept }))).result, 'three')

  const late = (await put('four')).owed
  const gone = (await put(undefined)).owed
  for (const each of [gone, late]) await commit([], each ? [each] : [])
  assert.equal((await counters.update('name', 60_000, now, (kept) => ({ kept, result: kept }))).result, undefined)
})

onBothEngines('texts that have expired are swept away while others are kept', async (_, open) => {
  let storage = await open()
  const put = async (name: string, at: number) => {
    const { owed } = await storage.counters.update(name, 1000, at, () => ({ kept: 'x', result: undefined }))
    await storage.commit([], owed ? [owed] : [])
  }
  for (let i = 0; i < 20; i++) await put(`old ${i}`, now)
  for (let i = 0; i < 1000; i++) await put(`new ${i % 5}`, now + 10_000 + i)
  // Nobody waits for a sweep, but closing does.
  await storage.close()
  storage = await open()
  const left = await storage.search((db) => db.selectFrom('ledger').select((eb) => eb.fn.countAll<number>().as('rows')))
  assert.deepEqual(left, [{ rows: 5 }])
})

onBothEngines(
  'what came and went within one request leaves nothing, and what was there before is undone',
  async (_, open) => {
    const { counters, commit, search } = await open()
    const put = async (name: string, text: string | undefined) =>
      (await counters.update(name, 60_000, now, () => ({ kept: text, result: undefined }))).owed
    const pay = (owed: readonly (Owed | undefined)[]) =>
      commit(
        [],
        owed.flatMap((each) => (each ? [each] : [])),
      )
    const kept = async (name: string) =>
      (await counters.update(name, 60_000, now, (text) => ({ kept: text, result: text }))).result
    await pay([await put('new', 'one'), await put('new', 'two'), await put('new', undefined)])
    assert.deepEqual(
      (await search((db) => db.selectFrom('ledger').select('state'))).filter(({ state }) => state !== ''),
      [],
    )
    await pay([await put('old', 'one')])
    await pay([await put('old', 'two'), await put('old', undefined)])
    assert.equal(await kept('old'), undefined)

    // Another request stands between: what it has counted must not be lost.
    const first = await put('shared', 'one')
    const others = await put('shared', 'two')
    const last = await put('shared', undefined)
    await pay([first, last])
    await pay([others])
    assert.equal(await kept('shared'), undefined)
  },
)
