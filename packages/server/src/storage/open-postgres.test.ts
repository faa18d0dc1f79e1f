import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { insertClient } from '../clients/client.store.ts'
import { openPostgres, type PostgresOptions } from './open-postgres.ts'
import type { Storage } from './storage.ts'
import { allSlugs, client, clientBySlug } from './test-clients.ts'
import { createDatabase } from './test-storage.ts'
import { write } from './write.ts'

const now = 1_700_000_000_000

interface Place {
  readonly url: string
  /** One node more. */
  open(options?: Partial<PostgresOptions>): Promise<Storage>
  /** Somebody else with a connection of their own. */
  connect(): Promise<pg.Client>
}

async function place(t: TestContext, { migrated }: { readonly migrated: boolean }): Promise<Place> {
  const { url, drop } = await createDatabase({ migrated })
  const closings: (() => Promise<void>)[] = []
  t.after(async () => {
    for (const close of closings) await close()
    await drop()
  })
  return {
    url,
    async open(options) {
      const storage = await openPostgres({ url, ...options })
      closings.push(() => storage.close())
      return storage
    },
    async connect() {
      const other = new pg.Client({ connectionString: url })
      other.on('error', () => {})
      await other.connect()
      closings.push(() => other.end())
      return other
    },
  }
}

/** A way to the server that can stop passing anything on, as a broken network does. */
async function openLine(t: TestContext, url: string) {
  const { port, hostname } = new URL(url)
  const ends: Socket[] = []
  const door = createServer((near) => {
    const far = connectSocket(Number(port), hostname)
    ends.push(near, far)
    for (const end of [near, far]) end.on('error', () => {})
    near.pipe(far)
    far.pipe(near)
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  t.after(() => {
    for (const end of ends) end.destroy()
    door.close()
  })
  const near = new URL(url)
  near.host = `127.0.0.1:${(door.address() as AddressInfo).port}`
  return {
    url: near.href,
    fallSilent() {
      for (const end of ends) end.unpipe().pause()
    },
  }
}

const rename = write<{ slug: string; version: number; name: string }>('exactlyOne', 'client changed', (db, p) =>
  db
    .updateTable('client')
    .set((eb) => ({ name: p.name, version: eb('version', '+', 1) }))
    .where('slug', '=', p.slug)
    .where('version', '=', p.version),
)

const touch = write<{ slug: string; name: string }>('exactlyOne', 'client', (db, p) =>
  db.updateTable('client').set({ name: p.name }).where('slug', '=', p.slug),
)

const endAllButMe =
  'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'

test('several nodes may start on an empty database at once', async (t) => {
  const { open } = await place(t, { migrated: false })
  const nodes = await Promise.all(Array.from({ length: 8 }, () => open()))
  await nodes[0]?.commit([insertClient(client('a'))], [])
  for (const node of nodes) assert.deepEqual(await node.list(allSlugs, {}), [{ slug: 'a' }])
})

test('a server that is not there is refused in one sentence without the password', async () => {
  const opening = openPostgres({ url: 'postgresql://gatehouse:pass-canary@127.0.0.1:1/none' })
  await assert.rejects(opening, (error: Error) => {
    assert.equal(error.name, 'StartError')
    assert.match(error.message, /PostgreSQL database 127\.0\.0\.1:1\/none cannot be used: .*ECONNREFUSED/)
    assert.doesNotMatch(error.message, /pass-canary/)
    return true
  })
})

test('what is no URL is refused', async () => {
  await assert.rejects(openPostgres({ url: 'not a url' }), { name: 'StartError', message: /GATEHOUSE_DATABASE_URL/ })
})

test('a newer schema is refused', async (t) => {
  const { open, connect } = await place(t, { migrated: true })
  await (await connect()).query(`insert into kysely_migration values ('9999-later', '2099-01-01')`)
  await assert.rejects(open(), { name: 'StartError', message: /written by a newer Gatehouse/ })
})

test('a server that would forget what it confirmed is refused', async (t) => {
  const { url, open, connect } = await place(t, { migrated: true })
  const name = new URL(url).pathname.slice(1)
  await (await connect()).query(`alter database ${name} set synchronous_commit = off`)
  await assert.rejects(open(), { name: 'StartError', message: /synchronous_commit = off/ })
})

test('of 200 compare-and-sets on two nodes exactly one wins', async (t) => {
  const { open } = await place(t, { migrated: true })
  const nodes = [await open(), await open()] as const
  await nodes[0].commit([insertClient(client('a'))], [])
  const all = await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      nodes[i % 2 === 0 ? 0 : 1].commit([rename({ slug: 'a', version: 1, name: `${i}` })], []),
    ),
  )
  assert.equal(all.filter(({ done }) => done).length, 1)
})

test('two nodes count together', async (t) => {
  const { open } = await place(t, { migrated: true })
  const nodes = [await open(), await open()] as const
  const both = <Answer>(ask: (node: Storage) => Answer | Promise<Answer>) =>
    Promise.all(Array.from({ length: 100 }, (_, i) => ask(nodes[i % 2 === 0 ? 0 : 1])))
  const seen = await both(({ counters }) => counters.once('key', 1000, 1))
  assert.equal(seen.filter(({ first }) => first).length, 1)
  const hits = await both(({ counters }) => counters.hit('key', { limit: 5, windowMs: 1000 }, 1))
  assert.equal(hits.filter(({ allowed }) => allowed).length, 5)
})

test('what a node remembers of a text never stands against what another has made of it', async (t) => {
  const { open } = await place(t, { migrated: true })
  const [one, other] = [(await open()).counters, (await open()).counters]
  const put = async ({ update }: typeof one, text: string | undefined, at = now) =>
    (await update('name', 60_000, at, (kept) => ({ kept: text, result: kept }))).result
  assert.equal(await put(one, 'a'), undefined)
  // Forgotten and made anew: a row that has changed as often as the one that this node remembers.
  assert.equal(await put(other, undefined), 'a')
  assert.equal(await put(other, 'b'), undefined)
  assert.equal(await put(one, 'c'), 'b')
  assert.equal(await put(other, 'd'), 'c')
  assert.equal(await put(one, undefined), 'd')
  assert.equal(await put(other, undefined), undefined)
  // What has expired for one has expired for the other.
  assert.equal(await put(one, 'f'), undefined)
  assert.equal(await put(other, 'g', now + 60_000), undefined)
  assert.equal(await put(one, 'h', now + 60_000), 'g')
})

test('of 200 updates of two nodes at once each sees what the one before it has left', async (t) => {
  const { open } = await place(t, { migrated: true })
  const nodes = [(await open()).counters, (await open()).counters]
  const count = ({ update }: (typeof nodes)[number]) =>
    update('account', 60_000, now, (kept) => {
      const next = Number(kept ?? 0) + 1
      return { kept: String(next), result: next }
    })
  const all = await Promise.all(Array.from({ length: 100 }, () => nodes.map(count)).flat())
  assert.deepEqual(
    all.map(({ result }) => result).sort((a, b) => a - b),
    Array.from({ length: 200 }, (_, index) => index + 1),
  )
})

const waitersOnLocks =
  "select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"

test('of two that wait for each other the one that is thrown out is tried again', async (t) => {
  const { open, connect } = await place(t, { migrated: true })
  const storage = await open()
  const other = await connect()
  await storage.commit([insertClient(client('a')), insertClient(client('b'))], [])
  // Whoever finds out first is thrown out: that is to be us.
  await other.query(`set deadlock_timeout = '1min'`)
  await other.query('begin')
  await other.query(`update client set name = 'other' where slug = 'b'`)
  const ours = storage.commit([touch({ slug: 'a', name: 'ours' }), touch({ slug: 'b', name: 'ours' })], [])
  while ((await other.query(waitersOnLocks)).rows[0].count === 0);
  await other.query(`update client set name = 'other' where slug = 'a'`)
  await other.query('commit')
  assert.deepEqual(await ours, { done: true })
  assert.equal((await storage.first(clientBySlug, { slug: 'b' }))?.name, 'ours')
})

test('when the server goes away everything is refused, and works again when it is back', async (t) => {
  const { open, connect } = await place(t, { migrated: true })
  const storage = await open({ poolSize: 2, timeoutMs: 2000 })
  const other = await connect()
  await storage.commit([insertClient(client('a'))], [])

  await other.query('begin')
  await other.query(`select * from client where slug = 'a' for update`)
  const stuck = storage.commit([touch({ slug: 'a', name: 'stuck' })], [])
  const refused = assert.rejects(stuck, { code: 'storage_unavailable' })
  while ((await other.query(waitersOnLocks)).rows[0].count === 0);
  await other.query(endAllButMe)
  await refused
  await other.query('rollback')

  assert.equal((await storage.first(clientBySlug, { slug: 'a' }))?.name, 'a')
  assert.deepEqual(await storage.commit([touch({ slug: 'a', name: 'back' })], []), { done: true })
  assert.equal(await storage.isReady(), true)
})

test('a connection that is cut in the middle of a commit is refused, and ends nothing else', async (t) => {
  const { open, connect } = await place(t, { migrated: true })
  const storage = await open()
  const other = await connect()
  await storage.commit([insertClient(client('a')), insertClient(client('b'))], [])
  await other.query('begin')
  await other.query(`select * from client where slug = 'a' for update`)
  const writes = [touch({ slug: 'a', name: 'stuck' }), touch({ slug: 'b', name: 'stuck' })]
  const refused = assert.rejects(storage.commit(writes, []), { code: 'storage_unavailable' })
  while ((await other.query(waitersOnLocks)).rows[0].count === 0);
  await other.query(endAllButMe)
  await refused
  await other.query('rollback')
  assert.equal((await storage.first(clientBySlug, { slug: 'b' }))?.name, 'b')
})

test('a server that falls silent in the middle of a commit counts as gone, and ends nothing else', async (t) => {
  const { open, url } = await place(t, { migrated: true })
  const line = await openLine(t, url)
  const storage = await open({ url: line.url, timeoutMs: 2000 })
  await storage.commit([insertClient(client('a')), insertClient(client('b'))], [])
  line.fallSilent()
  const writes = [touch({ slug: 'a', name: 'lost' }), touch({ slug: 'b', name: 'lost' })]
  await assert.rejects(storage.commit(writes, []), { code: 'storage_unavailable' })
})

test('a server that does not answer in time counts as gone, for counters too', async (t) => {
  const { open, connect } = await place(t, { migrated: true })
  const storage = await open({ timeoutMs: 2000 })
  await storage.commit([insertClient(client('a'))], [])
  const other = await connect()
  await other.query('begin')
  await other.query('lock table client, counter_once, counter_window in access exclusive mode')
  const all: readonly (() => unknown)[] = [
    () => storage.commit([touch({ slug: 'a', name: 'x' })], []),
    () => storage.first(clientBySlug, { slug: 'a' }),
    () => storage.counters.once('key', 1000, 1),
    () => storage.counters.hit('key', { limit: 1, windowMs: 1000 }, 1),
  ]
  await Promise.all(all.map((ask) => assert.rejects(async () => ask(), { code: 'storage_unavailable' })))
  await other.query('rollback')
  assert.equal((await storage.first(clientBySlug, { slug: 'a' }))?.name, 'a')
})

test('what is counted together fails together when the server does not answer, and nothing of it is let in', async (t) => {
  const { open, connect } = await place(t, { migrated: true })
  const { counters } = await open({ timeoutMs: 2000 })
  const other = await connect()
  await other.query('begin')
  await other.query('lock table counter_once, counter_window in access exclusive mode')
  const keys = Array.from({ length: 40 }, (_, i) => `key ${i}`)
  const window = { limit: 1, windowMs: 1000 }
  const all = await Promise.allSettled([
    ...keys.map((key) => counters.once(key, 1000, 1)),
    ...keys.map((key) => counters.hit(key, window, 1)),
  ])
  assert.deepEqual(
    new Set(all.map((each) => (each.status === 'rejected' ? each.reason.code : each.value))),
    new Set(['storage_unavailable']),
  )
  await other.query('rollback')
  assert.equal((await counters.once('another key', 1000, 1)).first, true)
})

test('a column that another node adds does not break the statements of this one', async (t) => {
  const { open, connect } = await place(t, { migrated: true })
  const storage = await open()
  await storage.commit([insertClient(client('a'))], [])
  await storage.first(clientBySlug, { slug: 'a' })
  await (await connect()).query('alter table client add column later text')
  assert.equal((await storage.first(clientBySlug, { slug: 'a' }))?.name, 'a')
})

test('expired counts are thrown away', async (t) => {
  const { open, connect } = await place(t, { migrated: true })
  const { counters } = await open()
  await Promise.all(
    Array.from({ length: 500 }, async (_, i) => {
      await counters.once(`key ${i}`, 1000, 10 * i)
      await counters.hit(`key ${i}`, { limit: 1, windowMs: 1000 }, 10 * i)
    }),
  )
  const other = await connect()
  const countRows = async () =>
    (
      await other.query(
        'select (select count(*) from counter_once)::int as once, (select count(*) from counter_window)::int as hits',
      )
    ).rows[0]
  // Nobody waits for the sweep, so it may still be under way.
  for (let rows = await countRows(); rows.once === 500 || rows.hits === 500; rows = await countRows());
})
