import assert from 'node:assert/strict'
import { pbkdf2Sync, randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { usualScopes } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { LocalVerdict, Verifier } from '@gatehouse/sdk/verify'
import { findTenantId } from '@gatehouse/server/clients/find-tenant-id'
import { importTokens } from '@gatehouse/server/hardware-tokens/import-tokens'
import { findStockedToken } from '@gatehouse/server/hardware-tokens/stock'
import { countSealed } from '@gatehouse/server/keys/count-sealed'
import { type KeyPurpose, type KeyRow, listKeyRows } from '@gatehouse/server/keys/key.store'
import { retireKey } from '@gatehouse/server/keys/retire-key'
import { retireOnDemand } from '@gatehouse/server/keys/retire-on-demand'
import { revokeTokenRoot } from '@gatehouse/server/keys/revoke-key'
import { type RotatedPurpose, rotateKey } from '@gatehouse/server/keys/rotate-key'
import { operatorContext } from '@gatehouse/server/operator-context'
import { passwordsOf } from '@gatehouse/server/passwords/passwords'
import { sealedColumns } from '@gatehouse/server/sealed-columns'
import { ImportedUser, importUser } from '@gatehouse/server/users/import-user'
import { emptyDatabase } from '../empty-database.ts'
import { type OpenHouse, openHouse } from './open-house.ts'
import { type App, codeOf, createGuardedUser, openChallenge, password, signIn } from './support.ts'
import { verifierOf } from './verifier-of.ts'

/** A case on a server of its own, once for each engine: what is rotated is the whole server's. */
function onBoth(
  title: string,
  run: (t: TestContext, house: OpenHouse) => Promise<void>,
  policy: Partial<Policy> = {},
): void {
  test(`${title} (sqlite)`, async (t) => run(t, await openHouse(t, { policy })))
  test(`${title} (postgres)`, async (t) => {
    const database = await emptyDatabase()
    if (!database) return t.diagnostic('not checked: PostgreSQL (GATEHOUSE_TEST_DATABASE_URL is not set)')
    const house = await openHouse(t, { policy, settings: { GATEHOUSE_DATABASE_URL: database.url } })
    t.after(database.drop)
    await run(t, house)
  })
}

const scopes = [...usualScopes, 'webhooks:read', 'webhooks:write'] as const
const nowOf = ({ server }: OpenHouse) => server.clock.now().getTime()

async function getInUse({ parts }: OpenHouse, purpose: KeyPurpose): Promise<KeyRow> {
  const rows = await listKeyRows(parts.storage)
  return rows.find((row) => row.purpose === purpose && row.replaced_at === null) ?? assert.fail(`no ${purpose} key`)
}

/** What `gatehouse keys rotate` does. Nobody uses the new key before `settle`. */
async function rotate(house: OpenHouse, purpose: RotatedPurpose): Promise<KeyRow> {
  const { parts } = house
  const made = await rotateKey(operatorContext(parts), parts.wrapping, { purpose, resealAt: nowOf(house) })
  return made ?? assert.fail('another was faster')
}

/** The server learns of the key, uses it, and does what is to be done with it. */
async function settle({ server }: OpenHouse): Promise<void> {
  for (const pause of ['1s', '6s', '6s'] as const) {
    server.clock.advance(pause)
    await server.runJobs()
  }
}

/** Every cell of every table but the keys and the record in which a key is named. */
async function findNaming({ parts }: OpenHouse, keyId: string): Promise<readonly string[]> {
  const catalogue = parts.storage.engine === 'sqlite' ? 'sqlite_schema' : 'information_schema.tables'
  const tables = await parts.storage.search<{ name: string }>((db) => {
    // biome-ignore lint/suspicious/noExplicitAny: the catalogue is none of our tables
    const any = db as any
    return parts.storage.engine === 'sqlite'
      ? any.selectFrom(catalogue).select('name').where('type', '=', 'table').where('name', 'not like', 'sqlite%')
      : any.selectFrom(catalogue).select('table_name as name').where('table_schema', '=', 'public')
  })
  assert.ok(tables.length > 30, 'the catalogue was read')
  const found = new Set<string>()
  for (const { name } of tables.filter((table) => !['key', 'event'].includes(table.name))) {
    const rows = await parts.storage.search<Record<string, unknown>>((db) => db.selectFrom(name as 'key').selectAll())
    for (const row of rows) {
      for (const [column, value] of Object.entries(row)) if (names(value, keyId)) found.add(`${name}.${column}`)
    }
  }
  return [...found].toSorted()
}

function names(value: unknown, keyId: string): boolean {
  if (value instanceof Uint8Array) return Buffer.from(value).includes(keyId)
  if (typeof value !== 'string') return false
  // Text holds sealed bytes in base64.
  return value.split(/[^A-Za-z0-9+/=_-]/).some((word) => Buffer.from(word, 'base64').includes(keyId))
}

const sealedNames = sealedColumns.map(({ name }) => name).toSorted()

interface Filled {
  readonly app: App
  /** All of it is readable, once. */
  readonly prove: () => Promise<void>
  /** What lasts longer than some minutes. */
  readonly proveLasting: () => Promise<void>
}

/** An application and people with everything that there is to seal, and what proves afterwards that it is readable. */
async function fillHouse(house: OpenHouse): Promise<Filled> {
  const { parts, server } = house
  const app = await house.newApp({ scopes })
  const tenant = await findTenantId(parts.storage, 'default-test')
  const operator = { ...operatorContext(parts), tenantId: tenant ?? assert.fail() }
  const { user, phone } = await createGuardedUser(app)
  const { webhookEndpoints, users, factors, auth, challenges } = app.sdk
  const proveCode = async () => {
    const id = (await openChallenge(app, user)) as `chl_${string}`
    const opened = await challenges.verify({ id, code: codeOf(app, phone.account) })
    return 'refresh_token' in opened && opened.refresh_token ? opened.refresh_token : assert.fail()
  }
  const refresh_token = await proveCode()
  const { endpoint } = await webhookEndpoints.create({ url: 'https://example.invalid/', events: ['user.created'] })
  const file = `serial,secret_hex\nA1,${'ab'.repeat(20)}\nA2,${'cd'.repeat(20)}\n`
  assert.deepEqual(await importTokens(operator, parts.keys, file, {}), { ok: true, count: 2 })
  const hash = pbkdf2Sync(password, 'salt', 10_000, 32, 'sha256').toString('base64')
  const stranger = { email: `${randomUUID()}@example.test`, password_hash: `pbkdf2_sha256$10000$salt$${hash}` }
  const take = importUser({ passwords: passwordsOf(parts), keys: parts.keys })
  assert.ok((await take(operator, ImportedUser.parse(stranger))).done)
  const idempotencyKey = randomUUID()
  const email = `${randomUUID()}@example.test`
  const made = await users.create({ email }, { idempotencyKey })
  const { factor } = await users.factors.enroll({ id: made.id, type: 'email' })
  const code = await server.outbox.code(email)
  const proveLasting = async () => {
    server.clock.advance('1m')
    await proveCode()
    await webhookEndpoints.rotateSecret({ id: endpoint.id, overlap_seconds: 0 })
    for (const serial of ['A1', 'A2']) assert.ok(await findStockedToken(operator, parts.keys, serial), serial)
  }
  return {
    app,
    proveLasting,
    async prove() {
      assert.equal((await users.create({ email }, { idempotencyKey })).id, made.id, 'an answer that was kept')
      await factors.activate({ id: factor.id, code })
      await auth.refresh({ refresh_token })
      await proveLasting()
      assert.equal((await auth.login({ email: stranger.email, password })).status, 'authenticated')
    },
  }
}

onBoth(
  '176 the data key is rotated while everything goes on: all that is stored is under the new one',
  async (_t, house) => {
    const { parts, server } = house
    const { app, prove, proveLasting } = await fillHouse(house)
    const old = await getInUse(house, 'data')
    assert.deepEqual(await findNaming(house, old.id), sealedNames, 'everything that is sealed is known to be so')
    const ctx = () => operatorContext(parts)
    const retire = (endsLinks: boolean) => retireOnDemand(ctx(), sealedColumns, { id: old.id, endsLinks })
    const refusal = async () => {
      const done = await retire(true)
      return done.retired ? 'retired' : done.because
    }
    assert.equal(await refusal(), 'in_use')

    const made = await rotate(house, 'data')
    const before = await countSealed(parts.storage, sealedColumns)
    assert.deepEqual([...before.keys()], [old.id])
    assert.equal(await refusal(), 'records')
    await settle(house)
    const after = await countSealed(parts.storage, sealedColumns)
    assert.deepEqual([...after.keys()], [made.id])
    assert.deepEqual(await findNaming(house, old.id), [])

    await prove()
    assert.equal(await refusal(), 'young', 'somebody may still be about to seal by it')
    server.clock.advance('10m')
    assert.equal((await retire(false)).retired, false, 'links in mails still open with it')
    assert.equal((await retire(true)).retired, true)
    await settle(house)
    await proveLasting()
    assert.equal((await app.send({ path: '/readyz', method: 'GET' })).status, 200)
    const record = await parts.storage.search((db) =>
      db.selectFrom('event').select(['type', 'data']).where('type', 'like', 'key.r%').orderBy('seq'),
    )
    assert.deepEqual(
      record.map(({ type, data }) => [type, JSON.parse(data).key_id]),
      [
        ['key.rotated', made.id],
        ['key.retired', old.id],
      ],
    )
    assert.deepEqual(server.failures, [])
  },
)

onBoth('176 a key that the data names and that is gone is named by /readyz', async (_t, house) => {
  const { parts, server } = house
  const app = await house.newApp()
  await app.createUser()
  await server.runJobs()
  const old = await getInUse(house, 'data')
  await rotate(house, 'data')
  server.clock.advance('1s')
  // Somebody takes the row away before anything is sealed anew.
  assert.ok(await retireKey(operatorContext(parts), old))
  await settle(house)
  const { status, json } = await app.send({ path: '/readyz', method: 'GET' })
  assert.deepEqual([status, json], [503, { status: 'keys unavailable', missing_keys: [old.id] }])
  server.failures.splice(0)
})

onBoth(
  '176 keys are rotated by themselves, and go when nothing needs them',
  async (_t, house) => {
    const { parts, server } = house
    const app = await house.newApp()
    const { user, phone } = await createGuardedUser(app)
    const [data, root] = [await getInUse(house, 'data'), await getInUse(house, 'token_root')]
    await server.runJobs()
    const goOn = async (days: number) => {
      for (let day = 0; day < days; day++) {
        server.clock.advance('24h')
        await settle(house)
      }
    }
    await goOn(2)
    const rows = await listKeyRows(parts.storage)
    assert.equal(rows.filter(({ purpose }) => purpose === 'data').length, 3)
    assert.ok((await countSealed(parts.storage, sealedColumns)).get(data.id), 'nobody has sealed it anew yet')
    await goOn(8)
    assert.equal(
      (await listKeyRows(parts.storage)).some(({ id }) => id === data.id),
      false,
    )
    assert.equal((await getInUse(house, 'token_root')).id, root.id)
    await goOn(3)
    const roots = (await listKeyRows(parts.storage)).filter(({ purpose }) => purpose === 'token_root')
    assert.equal(roots.length, 1, 'the old one is gone with its last token')
    assert.notEqual(roots[0]?.id, root.id)
    const id = (await openChallenge(app, user)) as `chl_${string}`
    assert.equal((await app.sdk.challenges.verify({ id, code: codeOf(app, phone.account) })).status, 'authenticated')
    assert.deepEqual(server.failures, [])
  },
  { dataKeyResealDays: 8, tokenRootDays: 11 },
)

function countingVerifier(t: TestContext, app: App): { readonly verifier: Verifier; readonly reads: () => number } {
  let reads = 0
  const counting: typeof fetch = (input, init) => {
    if (String(input).endsWith('/v1/tokens/keys')) reads++
    return fetch(input, init)
  }
  return { verifier: verifierOf(t, app, { fetch: counting }), reads: () => reads }
}

/** Asks again until the answer is this one; the feed speaks by the clock of the machine. */
async function becomes(verifier: Verifier, token: string, wanted: 'active' | 'invalid'): Promise<void> {
  let verdict: LocalVerdict | undefined
  for (let tries = 0; tries < 2000; tries++) {
    verdict = await verifier.verify(token)
    if ((verdict.active ? 'active' : verdict.reason) === wanted) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail(`the verdict is ${JSON.stringify(verdict)}`)
}

const kidOf = (token: string): unknown => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid

onBoth(
  '175 the key of tokens is rotated: those that are out are good until they end, new ones are under the new key',
  async (t, house) => {
    const { parts, server } = house
    const app = await house.newApp({ localVerification: true })
    const { verifier, reads } = countingVerifier(t, app)
    await verifier.ready()
    const user = await app.createUser({ password })
    const old = await signIn(app, user)
    const root = await getInUse(house, 'token_root')
    assert.equal(kidOf(old), root.id)
    const isGood = async (token: string) => (await app.sdk.tokens.validate({ token })).active

    const made = await rotate(house, 'token_root')
    server.clock.advance('1s')
    await server.runJobs()
    const announced = await signIn(app, user)
    assert.equal(kidOf(announced), root.id, 'nobody signs with a key that others may not know yet')
    assert.deepEqual(
      (await app.sdk.tokens.keys({})).keys.map(({ id }) => id),
      [root.id, made.id],
    )
    await settle(house)
    const fresh = await signIn(app, user)
    assert.equal(kidOf(fresh), made.id)
    assert.deepEqual(
      (await app.sdk.tokens.keys({})).keys.map(({ id }) => id),
      [made.id, root.id],
    )
    for (const token of [old, announced, fresh]) {
      assert.ok(await isGood(token))
      await becomes(verifier, token, 'active')
    }
    assert.equal(reads(), 2, 'each list of keys is read once')

    // Whoever shows keys that nobody has makes neither of them ask anybody.
    const [, payload, signature] = fresh.split('.')
    for (let index = 0; index < 500; index++) {
      const header = JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: `key_${String(index).padStart(26, '0')}` })
      const forged = `${Buffer.from(header).toString('base64url')}.${payload}.${signature}`
      assert.deepEqual(await verifier.verify(forged), { active: false, reason: 'invalid' })
    }
    assert.equal(reads(), 2)

    server.clock.advance('61m')
    await settle(house)
    assert.deepEqual(await app.sdk.tokens.validate({ token: old }), { active: false, reason: 'expired' })
    server.clock.advance('11m')
    await settle(house)
    assert.deepEqual(
      (await listKeyRows(parts.storage)).filter(({ purpose }) => purpose === 'token_root').map(({ id }) => id),
      [made.id],
    )
    assert.deepEqual(server.failures, [])
  },
)

onBoth(
  '178 a key of tokens that somebody has is revoked: its tokens die at once, the sessions go on',
  async (t, house) => {
    const { parts, server } = house
    const app = await house.newApp({ localVerification: true })
    const { verifier } = countingVerifier(t, app)
    await verifier.ready()
    const user = await app.createUser({ password })
    const login = await app.sdk.auth.login({ email: user.email, password })
    assert.ok(login.status === 'authenticated' && login.refresh_token)
    await becomes(verifier, login.access_token, 'active')
    assert.ok((await app.sdk.tokens.validate({ token: login.access_token })).active)
    const stolen = await getInUse(house, 'token_root')

    const record = await house.recordOf(async () => {
      assert.ok(await revokeTokenRoot(operatorContext(parts), parts.wrapping, stolen))
      server.clock.advance('1s')
      await server.runJobs()
    })
    const told = record.filter(({ type }) => type === 'key.revoked')
    assert.deepEqual(
      told.map(({ data }) => data['key_id']),
      [stolen.id],
    )
    assert.deepEqual(await app.sdk.tokens.validate({ token: login.access_token }), { active: false, reason: 'invalid' })
    await becomes(verifier, login.access_token, 'invalid')
    assert.equal(await revokeTokenRoot(operatorContext(parts), parts.wrapping, stolen), false, 'once is enough')

    const next = await app.sdk.auth.refresh({ refresh_token: login.refresh_token })
    assert.notEqual(kidOf(next.access_token), stolen.id)
    assert.ok((await app.sdk.tokens.validate({ token: next.access_token })).active)
    await becomes(verifier, next.access_token, 'active')
    assert.deepEqual(server.failures, [])
  },
)
