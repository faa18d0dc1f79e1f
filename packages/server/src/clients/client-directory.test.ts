import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { scopes } from '@gatehouse/contract/operation'
import type { Context } from '../context.ts'
import { hmacSha256 } from '../crypto/hmac-sha256.ts'
import { defaultTenantId, defaultTestTenantId } from '../kernel/tenants.ts'
import { type Keyring, openKeyring } from '../keys/keyring.ts'
import { wrappingKeys } from '../keys/wrapping-keys.ts'
import { newestEvents } from '../log/test-events.ts'
import { operatorContext } from '../operator-context.ts'
import type { Storage } from '../storage/storage.ts'
import { type OpenStorage, onBothEngines } from '../storage/test-storage.ts'
import { write } from '../storage/write.ts'
import { findClientRow, insertSecret, listSecretRows } from './client.store.ts'
import { clientDirectory } from './client-directory.ts'
import { createClient, type NewClient } from './create-client.ts'
import { homeOfSecret } from './home-of-secret.ts'
import { listAllClients } from './list-clients.ts'

const at = (ms: number) => new Date(1_710_072_000_000 + ms)
const moment = { now: at(0), random: (bytes: number) => randomBytes(bytes) }

const wanted: NewClient = {
  tenant: 'default',
  slug: 'portal',
  name: 'Customer portal',
  allow: ['192.0.2.0/24', '::1'],
  scopes: ['auth', 'tokens'],
  schemes: ['v2', 'rfc9421'],
  numericSub: true,
  localVerification: false,
  limits: {},
}

const disable = write<{ slug: string; at: number }>('exactlyOne', 'client', (db, p) =>
  db.updateTable('client').set({ disabled_at: p.at }).where('slug', '=', p.slug),
)
const allowOnly = write<{ slug: string; allow_list: string }>('exactlyOne', 'client', (db, p) =>
  db.updateTable('client').set({ allow_list: p.allow_list }).where('slug', '=', p.slug),
)
const moveSecret = write<{ id: string; sealed: Uint8Array }>('exactlyOne', 'secret', (db, p) =>
  db
    .updateTable('client_secret')
    .set({ sealed: p.sealed })
    .where('id', '=', p.id as `sec_${string}`),
)

/** An empty house: its database, its keys, and an operator who makes clients. */
async function houseOf(open: OpenStorage): Promise<{ storage: Storage; keys: Keyring; operator: Context }> {
  const storage = await open()
  const keys = await openKeyring(storage, wrappingKeys({ id: 'k1', key: createSecretKey(randomBytes(32)) }), moment)
  const operator = operatorContext({ storage, world: { now: () => moment.now, random: moment.random } })
  return { storage, keys, operator }
}

onBothEngines('a client is found by its slug as it was made, with its secret open', async (_t, open) => {
  const { storage, keys, operator } = await houseOf(open)
  const made = await createClient(operator, keys, wanted)
  assert.ok(typeof made === 'object')
  const client = await clientDirectory(storage, keys).find('portal', at(0))
  assert.ok(client)
  assert.equal(client.id, made.id)
  assert.deepEqual([client.tenantId, client.slug, client.name], [defaultTenantId, 'portal', 'Customer portal'])
  assert.deepEqual([[...client.scopes], client.numericSub], [['auth', 'tokens'], true])
  assert.deepEqual([...client.schemes], ['v2', 'rfc9421'])
  assert.deepEqual(
    ['192.0.2.7', '::1', '192.0.3.1'].map((address) => client.allowList.admits(address)),
    [true, true, false],
  )
  const [secret] = client.secrets
  assert.deepEqual(secret?.mac('x'), hmacSha256(Buffer.from(made.secret))('x'))
  assert.equal(secret?.expiresAt, null)
})

onBothEngines('a secret is told once: the database holds it sealed, and the record not at all', async (_t, open) => {
  const { storage, keys, operator } = await houseOf(open)
  const made = await createClient(operator, keys, wanted)
  assert.ok(typeof made === 'object')
  const [row] = await listSecretRows(storage, made.id)
  assert.ok(row)
  assert.ok(!Buffer.from(row.sealed).includes(made.secret.slice(-20)))
  assert.equal(row.last_four, made.secret.slice(-4))
  const events = await newestEvents(storage, defaultTenantId, 10)
  assert.deepEqual(
    events.map(({ type, actor, data }) => [type, actor, JSON.parse(data)]),
    [['client.created', 'operator', { client_id: made.id, slug: 'portal' }]],
  )
})

onBothEngines('the secret tells whether its tenant is for tests', async (_t, open) => {
  const { keys, operator } = await houseOf(open)
  for (const [tenant, start] of [
    ['default', /^gh_live_/],
    ['default-test', /^gh_test_/],
  ] as const) {
    const made = await createClient(operator, keys, { ...wanted, tenant, slug: tenant })
    assert.match(typeof made === 'object' ? made.secret : made, start)
  }
})

onBothEngines(
  'a slug is given once, over all tenants; what stands against a client changes nothing',
  async (_t, open) => {
    const { storage, keys, operator } = await houseOf(open)
    await createClient(operator, keys, wanted)
    assert.equal(await createClient(operator, keys, wanted), 'slug_taken')
    assert.equal(await createClient(operator, keys, { ...wanted, tenant: 'default-test' }), 'slug_taken')
    assert.equal(await createClient(operator, keys, { ...wanted, tenant: 'nobody', slug: 'other' }), 'unknown_tenant')
    assert.equal((await listAllClients(storage)).length, 1)
    for (const tenantId of [defaultTenantId, defaultTestTenantId]) {
      const events = await newestEvents(storage, tenantId, 10)
      assert.equal(events.length, tenantId === defaultTenantId ? 1 : 0)
    }
  },
)

onBothEngines('202: of two who take one slug at the same time, one gets it', async (_t, open) => {
  const { storage, keys, operator } = await houseOf(open)
  const made = await Promise.all([1, 2, 3, 4].map(() => createClient(operator, keys, wanted)))
  assert.deepEqual(made.filter((one) => one === 'slug_taken').length, 3)
  assert.equal((await listAllClients(storage)).length, 1)
})

onBothEngines('a list of clients shows nothing secret, the newest first', async (_t, open) => {
  const { storage, keys, operator } = await houseOf(open)
  await createClient({ ...operator, now: at(0) }, keys, wanted)
  await createClient({ ...operator, now: at(1000) }, keys, {
    ...wanted,
    slug: 'second',
    tenant: 'default-test',
    scopes,
  })
  await storage.commit([disable({ slug: 'portal', at: 1 })], [])
  const list = await listAllClients(storage)
  assert.deepEqual(
    list.map(({ id: _, ...rest }) => rest),
    [
      {
        slug: 'second',
        name: 'Customer portal',
        tenant: 'default-test',
        allow: ['192.0.2.0/24', '::1'],
        scopes: [...scopes],
        schemes: ['v2', 'rfc9421'],
        public_keys: [],
        redirect_uris: [],
        numeric_sub: true,
        local_verification: false,
        limits: {},
        created_at: '2024-03-10T12:00:01.000Z',
        status: 'active',
      },
      {
        slug: 'portal',
        name: 'Customer portal',
        tenant: 'default',
        allow: ['192.0.2.0/24', '::1'],
        scopes: ['auth', 'tokens'],
        schemes: ['v2', 'rfc9421'],
        public_keys: [],
        redirect_uris: [],
        numeric_sub: true,
        local_verification: false,
        limits: {},
        created_at: '2024-03-10T12:00:00.000Z',
        status: 'disabled',
      },
    ],
  )
})

onBothEngines(
  '031: what is changed or disabled holds within half a second, and at once where it is told',
  async (_t, open) => {
    const { storage, keys, operator } = await houseOf(open)
    const directory = clientDirectory(storage, keys)
    const admitted = async (ms: number) => (await directory.find('portal', at(ms)))?.allowList.admits('192.0.2.7')
    assert.equal(await admitted(0), undefined)
    await createClient(operator, keys, wanted)
    assert.equal(await admitted(399), undefined)
    assert.equal(await admitted(500), true)
    await storage.commit([allowOnly({ slug: 'portal', allow_list: '["198.51.100.1"]' })], [])
    assert.equal(await admitted(899), true)
    assert.equal(await admitted(1000), false)
    await storage.commit([disable({ slug: 'portal', at: 1 })], [])
    directory.forget('portal')
    assert.equal(await directory.find('portal', at(1001)), undefined)
  },
)

onBothEngines('a client has all its secrets, the newest first, with their ends', async (_t, open) => {
  const { storage, keys, operator } = await houseOf(open)
  const made = await createClient(operator, keys, wanted)
  assert.ok(typeof made === 'object')
  const id = 'sec_0000000000000000000000000a'
  const tenant_id = defaultTenantId
  const sealed = keys.seal('the older one', homeOfSecret({ id, tenant_id }), moment)
  const row = {
    id,
    tenant_id,
    client_id: made.id,
    sealed,
    last_four: 'rone',
    last_used_at: null,
    age_noted: null,
  } as const
  await storage.commit([insertSecret({ ...row, created_at: at(-1).getTime(), expires_at: at(500).getTime() })], [])
  const client = await clientDirectory(storage, keys).find('portal', at(0))
  assert.deepEqual(
    client?.secrets.map(({ mac, expiresAt }) => [mac('x'), expiresAt]),
    [
      [hmacSha256(Buffer.from(made.secret))('x'), null],
      [hmacSha256(Buffer.from('the older one'))('x'), at(500).getTime()],
    ],
  )
})

onBothEngines('a sealed secret that was put into another row does not open', async (_t, open) => {
  const { storage, keys, operator } = await houseOf(open)
  const [mine, theirs] = [
    await createClient(operator, keys, wanted),
    await createClient(operator, keys, { ...wanted, slug: 'other' }),
  ]
  assert.ok(typeof mine === 'object' && typeof theirs === 'object')
  const [[row], [other]] = [await listSecretRows(storage, mine.id), await listSecretRows(storage, theirs.id)]
  assert.ok(row && other)
  await storage.commit([moveSecret({ id: other.id, sealed: row.sealed })], [])
  const directory = clientDirectory(storage, keys)
  await assert.rejects(async () => directory.find('other', at(0)))
  assert.ok(await directory.find('portal', at(0)))
})

onBothEngines('a slug is matched exactly, as text', async (_t, open) => {
  const { storage, keys, operator } = await houseOf(open)
  await createClient(operator, keys, wanted)
  for (const slug of ['', 'Portal', 'portal ', '%', 'portal%', "' OR 1=1 --", '__proto__', 'x'.repeat(16_000)]) {
    assert.equal(await findClientRow(storage, slug), undefined, slug)
  }
})
