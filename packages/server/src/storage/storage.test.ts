import assert from 'node:assert/strict'
import { insertClient } from '../clients/client.store.ts'
import { Fault } from '../kernel/fault.ts'
import { defaultTenantId } from '../kernel/tenants.ts'
import { holdRows } from './hold-rows.ts'
import { allSlugs, client, clientBySlug } from './test-clients.ts'
import { onBothEngines } from './test-storage.ts'
import { query, write } from './write.ts'

const renameClient = write<{ slug: string; version: number; name: string }>('exactlyOne', 'client changed', (db, p) =>
  db
    .updateTable('client')
    .set((eb) => ({ name: p.name, version: eb('version', '+', 1) }))
    .where('slug', '=', p.slug)
    .where('version', '=', p.version),
)

const disableAll = write<{ at: number }>('exactlyOne', 'one client', (db, p) =>
  db.updateTable('client').set({ disabled_at: p.at }),
)

const breakForeignKey = write<{ slug: string }>('insertedOnce', 'x', (db, p) =>
  db.insertInto('client').values({
    id: 'cli_orphan',
    tenant_id: 'ten_nobody',
    slug: p.slug,
    name: '',
    allow_list: '[]',
    scopes: '[]',
    schemes: '[]',
    public_keys: '[]',
    redirect_uris: '[]',
    numeric_sub: 0,
    local_verification: 0,
    token_key_number: 0,
    limits: '{}',
    created_at: 0,
    disabled_at: null,
    version: 1,
  }),
)

const holdClient = write<{ slug: string; version: number }>('exactlyOne', 'client changed', (db, p) =>
  holdRows(db, db.selectFrom('client').select('id').where('slug', '=', p.slug).where('version', '=', p.version)),
)

onBothEngines('a query among the writes is a guard: the commit stands when it finds its row', async (_, open) => {
  const storage = await open()
  await storage.commit([insertClient(client('held'))], [])
  const held = await storage.commit([holdClient({ slug: 'held', version: 1 }), insertClient(client('one'))], [])
  assert.deepEqual(held, { done: true })
  const changed = await storage.commit([insertClient(client('two')), holdClient({ slug: 'held', version: 2 })], [])
  assert.deepEqual(changed, { done: false, failed: 'client changed' })
  assert.deepEqual(
    (await storage.list(allSlugs, {})).map(({ slug }) => slug),
    ['held', 'one'],
  )
})

onBothEngines('a fresh database has the tenants of applications, and that of its administrators', async (_, open) => {
  const storage = await open()
  const tenants = await storage.list(
    query((db) => db.selectFrom('tenant').select(['slug', 'mode']).orderBy('slug')),
    {},
  )
  assert.deepEqual(tenants, [
    { slug: 'default', mode: 'live' },
    { slug: 'default-test', mode: 'test' },
    { slug: 'system', mode: 'live' },
  ])
})

onBothEngines('what was written comes back in the same types', async (_, open) => {
  const storage = await open()
  const bytes = Buffer.from([0, 255, 39, 92])
  const row = { id: 'key_1', wrapped: bytes, wrapped_by: `'"; drop table "key" -- ü€🎈`, at: 2 ** 53 - 1 } as const
  const insertKey = write<typeof row>('insertedOnce', 'key', (db, p) =>
    db.insertInto('key').values({
      id: p.id,
      purpose: 'data',
      wrapped: p.wrapped,
      wrapped_by: p.wrapped_by,
      created_at: p.at,
      replaced_at: null,
      reseal_at: null,
    }),
  )
  assert.deepEqual(await storage.commit([insertKey(row)], []), { done: true })
  const found = await storage.first(
    query((db) => db.selectFrom('key').selectAll()),
    {},
  )
  assert.ok(found?.wrapped instanceof Uint8Array)
  assert.deepEqual(Buffer.from(found.wrapped), bytes)
  assert.deepEqual(
    { ...found, wrapped: null },
    {
      id: 'key_1',
      purpose: 'data',
      wrapped: null,
      wrapped_by: row.wrapped_by,
      created_at: 2 ** 53 - 1,
      replaced_at: null,
      reseal_at: null,
    },
  )
  const [counted] = await storage.search((db) => db.selectFrom('key').select((eb) => eb.fn.countAll().as('count')))
  assert.deepEqual(counted, { count: 1 })
})

onBothEngines('a row that is not there is undefined', async (_, open) => {
  const storage = await open()
  assert.equal(await storage.first(clientBySlug, { slug: 'nobody' }), undefined)
  assert.deepEqual(await storage.list(clientBySlug, { slug: 'nobody' }), [])
})

onBothEngines('a search may be put together freely', async (_, open) => {
  const storage = await open()
  await storage.commit(
    ['a', 'b', 'c'].map((slug) => insertClient(client(slug))),
    [],
  )
  const found = await storage.search((db) =>
    db.selectFrom('client').select('slug').where('slug', 'in', ['a', 'c', 'x']).orderBy('slug', 'desc').limit(5),
  )
  assert.deepEqual(found, [{ slug: 'c' }, { slug: 'a' }])
})

onBothEngines('a failed guard is named and its commit leaves no trace', async (_, open) => {
  const storage = await open()
  await storage.commit([insertClient(client('a'))], [])
  assert.deepEqual(await storage.commit([insertClient(client('b')), insertClient(client('a'))], []), {
    done: false,
    failed: 'client exists',
  })
  assert.deepEqual(
    await storage.commit([insertClient(client('c')), renameClient({ slug: 'a', version: 7, name: 'x' })], []),
    { done: false, failed: 'client changed' },
  )
  assert.deepEqual(await storage.list(allSlugs, {}), [{ slug: 'a' }])
})

onBothEngines('exactly one row means no more, too', async (_, open) => {
  const storage = await open()
  await storage.commit([insertClient(client('a')), insertClient(client('b'))], [])
  assert.deepEqual(await storage.commit([disableAll({ at: 5 })], []), { done: false, failed: 'one client' })
  assert.equal((await storage.first(clientBySlug, { slug: 'a' }))?.disabled_at, null)
})

onBothEngines('of guards that fail the first one is named, though a later statement breaks', async (_, open) => {
  const storage = await open()
  const committed = await storage.commit(
    [renameClient({ slug: 'nobody', version: 1, name: 'x' }), breakForeignKey({ slug: 'x' })],
    [],
  )
  assert.deepEqual(committed, { done: false, failed: 'client changed' })
})

const renameSlug = write<{ from: string; to: string }>('exactlyOne', 'slug taken', (db, p) =>
  db.updateTable('client').set({ slug: p.to }).where('slug', '=', p.from),
)

onBothEngines("a guard fails, too, when a value that must be unique is another row's", async (_, open) => {
  const storage = await open()
  await storage.commit([insertClient(client('one')), insertClient(client('two'))], [])
  const writes = [insertClient(client('three')), renameSlug({ from: 'one', to: 'two' })]
  assert.deepEqual(await storage.commit(writes, []), { done: false, failed: 'slug taken' })
  assert.deepEqual(await storage.list(allSlugs, {}), [{ slug: 'one' }, { slug: 'two' }])
})

onBothEngines('of 200 compare-and-sets at once exactly one wins', async (_, open) => {
  const storage = await open()
  await storage.commit([insertClient(client('a'))], [])
  const all = await Promise.all(
    Array.from({ length: 200 }, (_, i) => storage.commit([renameClient({ slug: 'a', version: 1, name: `${i}` })], [])),
  )
  const winners = all.flatMap(({ done }, i) => (done ? [`${i}`] : []))
  assert.equal(winners.length, 1)
  const row = await storage.first(clientBySlug, { slug: 'a' })
  assert.deepEqual([row?.name, row?.version], [winners[0], 2])
})

onBothEngines('a unit that fails does its neighbours in the same commit no harm', async (_, open) => {
  const storage = await open()
  await storage.commit([insertClient(client('taken'))], [])
  const outcomes = await Promise.allSettled([
    storage.commit([insertClient(client('a'))], []),
    storage.commit([insertClient(client('lost1')), insertClient(client('taken'))], []),
    storage.commit([insertClient(client('lost2')), breakForeignKey({ slug: 'x' })], []),
    storage.commit([insertClient({ ...client('lost3'), name: undefined as never })], []),
    storage.commit([insertClient(client('b')), renameClient({ slug: 'b', version: 1, name: 'B' })], []),
  ])
  const [a, taken, orphan, mistake, b] = outcomes
  assert.deepEqual(a, { status: 'fulfilled', value: { done: true } })
  assert.deepEqual(taken, { status: 'fulfilled', value: { done: false, failed: 'client exists' } })
  assert.match(`${orphan?.status === 'rejected' && orphan.reason}`, /left no trace: .*foreign key/i)
  assert.match(`${mistake?.status === 'rejected' && mistake.reason}`, /The value "name" is missing/)
  assert.deepEqual(b, { status: 'fulfilled', value: { done: true } })
  assert.deepEqual(await storage.list(allSlugs, {}), [{ slug: 'a' }, { slug: 'b' }, { slug: 'taken' }])
})

onBothEngines('a user keeps the number it was given, and no number is given twice', async (_, open) => {
  const storage = await open()
  const insertUser = write<{ id: `usr_${string}`; email: string }>('insertedOnce', 'e-mail taken', (db, p) =>
    db
      .insertInto('user')
      .values({
        id: p.id,
        tenant_id: defaultTenantId,
        email: p.email,
        email_key: p.email,
        name: null,
        phone_number: null,
        role: 'user',
        created_at: 0,
        updated_at: 0,
        disabled_at: null,
        version: 1,
      })
      .onConflict((on) => on.columns(['tenant_id', 'email_key']).doNothing()),
  )
  const deleteUser = write<{ id: `usr_${string}` }>('exactlyOne', 'user', (db, p) =>
    db.deleteFrom('user').where('id', '=', p.id),
  )
  const numbers = () =>
    storage.list(
      query((db) => db.selectFrom('user').select(['id', 'number']).orderBy('number')),
      {},
    )
  await storage.commit([insertUser({ id: 'usr_a', email: 'a' }), insertUser({ id: 'usr_b', email: 'b' })], [])
  assert.deepEqual(await numbers(), [
    { id: 'usr_a', number: 1 },
    { id: 'usr_b', number: 2 },
  ])
  assert.deepEqual(await storage.commit([insertUser({ id: 'usr_c', email: 'a' })], []), {
    done: false,
    failed: 'e-mail taken',
  })
  await storage.commit([deleteUser({ id: 'usr_b' })], [])
  await storage.commit([insertUser({ id: 'usr_d', email: 'd' })], [])
  const last = (await numbers()).at(-1)
  assert.equal(last?.id, 'usr_d')
  assert.ok((last?.number ?? 0) > 2)
})

onBothEngines('what was committed is there after a restart', async (_, open) => {
  const before = await open()
  await before.commit([insertClient(client('a'))], [])
  await before.close()
  const after = await open()
  assert.deepEqual(await after.list(allSlugs, {}), [{ slug: 'a' }])
})

onBothEngines('past the bound of the queue a commit is refused at once and writes nothing', async (_, open) => {
  const storage = await open({ queueLimit: 10 })
  const outcomes = await Promise.allSettled(
    Array.from({ length: 30 }, (_, i) => storage.commit([insertClient(client(`c${i}`))], [])),
  )
  const refused = outcomes.filter((each) => each.status === 'rejected').map((each) => each.reason)
  assert.equal(refused.length, 20)
  for (const fault of refused) {
    assert.ok(fault instanceof Fault)
    assert.equal(fault.code, 'overloaded')
    assert.equal(fault.options.retryAfterSeconds, 1)
  }
  assert.equal((await storage.list(allSlugs, {})).length, 10)
  assert.deepEqual(await storage.commit([insertClient(client('later'))], []), { done: true })
})

onBothEngines('closing waits for the commits under way and refuses later ones', async (_, open) => {
  const before = await open()
  const underWay = before.commit([insertClient(client('a'))], [])
  await before.close()
  assert.deepEqual(await underWay, { done: true })
  await assert.rejects(before.commit([insertClient(client('b'))], []), { code: 'storage_unavailable' })
  const after = await open()
  assert.deepEqual(await after.list(allSlugs, {}), [{ slug: 'a' }])
})

onBothEngines('a database that is open is ready', async (_, open) => {
  const storage = await open()
  assert.equal(await storage.isReady(), true)
  await storage.close()
  assert.equal(await storage.isReady(), false)
})
