import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { everyOperation } from '@gatehouse/contract/every-operation'
import { type Operation, pathParameters, scopes } from '@gatehouse/contract/operation'
import fc from 'fast-check'
import { fittingInput, type Input, type Known, learn, requestOf } from '../any-input.ts'
import {
  type Answer,
  type App,
  assertProblem,
  assertRefused,
  attack,
  attackOnSqlite,
  createGuardedUser,
  openChallenge,
  password,
  signIn,
} from './support.ts'

// A reset takes away what the others are tried on; test/sandbox.test.ts tries it.
const ofClients = everyOperation.filter(({ id, caller }) => id !== 'resetTestTenant' && caller === 'client')

/** The prefixes of all ids that an operation takes. */
const kindsOfIds = new Set(
  [
    ...JSON.stringify(ofClients.map(({ input }) => input.toJSONSchema({ io: 'input' }))).matchAll(
      /\^\(?([a-z]{3})\)?_\[0-9a-hj/g,
    ),
  ].map(([, prefix = '']) => prefix),
)

/** Everything that an operation can be asked about, of one tenant. A new kind of thing belongs here, or this fails. */
async function furnish(app: App): Promise<Known> {
  const known: Known = { ids: new Map(), values: new Map() }
  const { user } = await createGuardedUser(app)
  const plain = await app.createUser({ password })
  const token = await signIn(app, plain)
  const { claims } = await app.sdk.tokens.validate({ token })
  const challenge = await openChallenge(app, user)
  const page = await app.sdk.auditEvents.listPage({ limit: 1 })
  learn(known, [user, plain, (await app.sdk.users.factors.list({ id: user.id })).data, challenge, claims, page])
  learn(known, (await app.send({ path: `/v1/clients/${app.id}/secrets` })).json)
  learn(known, (await app.send({ path: `/v1/challenges/${challenge}/recovery-request`, body: {} })).json)
  learn(known, app.id)
  await app.house.server.runJobs()
  const { user: guarded } = await createGuardedUser(app)
  const guessed = await openChallenge(app, guarded)
  for (let tries = 0; tries < 3; tries++) {
    await app.send({ path: `/v1/challenges/${guessed}/verify`, body: { code: '000000' } })
  }
  await app.house.server.runJobs()
  learn(known, (await app.sdk.alerts.listPage({ user_id: guarded.id })).data)
  const { endpoint } = await app.sdk.webhookEndpoints.create({ url: 'https://hook.invalid/', events: ['user.*'] })
  learn(known, [endpoint, await app.sdk.webhookEndpoints.test({ id: endpoint.id })])
  await app.sdk.webhookEndpoints.update({ id: endpoint.id, status: 'disabled' })
  known.values.set('token', [token])
  known.values.set('email', [user.email, plain.email])
  for (const prefix of kindsOfIds) assert.ok(known.ids.has(prefix), `make a ${prefix}_… here, to be tried by strangers`)
  return known
}

/** Inputs for an operation that are right in every way but for who sends them. The same ones each time. */
function inputsFor(operation: Operation, known: Known, count: number): readonly Input[] {
  return fc.sample(fittingInput(operation, known), { numRuns: count, seed: 1 })
}

/** The request, told from its twins. */
function requestFor(operation: Operation, input: Input) {
  return requestOf(operation, operation.method === 'GET' ? input : { ...input, nonce: randomUUID() })
}

/** An application that may do everything. */
function wholeApp(app: App): Promise<App> {
  return app.house.newApp({ scopes })
}

/** The same with everything that exists replaced by what does not. */
function withNobodysThings(input: Input, known: Known): Input {
  let text = JSON.stringify(input)
  for (const [prefix, ids] of known.ids) for (const id of ids) text = text.replaceAll(id, `${prefix}_${'0'.repeat(26)}`)
  const [token = '', ...emails] = [...(known.values.get('token') ?? []), ...(known.values.get('email') ?? [])].map(
    String,
  )
  text = text.replaceAll(token, 'a.b.c')
  for (const email of emails) text = text.replaceAll(email, `${randomUUID()}@example.test`)
  if (text === JSON.stringify(input)) return input
  const replaced = JSON.parse(text)
  // Of one user in the tenant: whoever made the first has taken it.
  return typeof replaced.external_id === 'string' ? { ...replaced, external_id: randomUUID() } : replaced
}

attackOnSqlite(
  '153 every operation refuses whoever has no credentials, wrong ones, or not the scope',
  async (plain) => {
    const app = await wholeApp(plain)
    const known = await furnish(app)
    const other = await app.house.newApp()
    const before = await app.look()
    for (const operation of ofClients) {
      const [input = {}] = inputsFor(operation, known, 1)
      const request = requestFor(operation, input)
      const headers = { 'x-signature': undefined, 'x-timestamp': undefined }
      const without = scopes.filter((scope) => scope !== operation.scope)
      const lacking = await app.house.newApp({ scopes: without })
      const limited = await app.house.newApp({ scopes: scopes.filter((scope) => scope === operation.scope) })
      const answers = {
        nobody: await app.send({ ...request, headers: { ...headers, 'x-client-id': undefined } }),
        unsigned: await app.send({ ...request, headers }),
        'a client that does not exist': await app.send({ ...request, by: { slug: 'nobody', secret: app.secret } }),
        'the secret of another': await app.send({ ...request, by: { slug: app.slug, secret: other.secret } }),
        'a client without the scope': await app.send({ ...request, by: lacking }),
      }
      assertProblem(answers.nobody, 'signature_missing')
      assertProblem(answers.unsigned, 'signature_missing')
      assertProblem(answers['a client that does not exist'], 'client_not_allowed')
      assertProblem(answers['the secret of another'], 'signature_invalid')
      assertProblem(answers['a client without the scope'], 'insufficient_scope')
      assert.match(String(answers['a client without the scope'].json?.['detail']), new RegExp(operation.scope))
      // With that scope and no other it gets as far as the operation itself, asked for what does not exist.
      const asked = requestFor(operation, withNobodysThings(input, known))
      const allowed = await app.send({ ...asked, by: limited })
      assert.notEqual(allowed.json?.['code'], 'insufficient_scope', operation.id)
      // A rule that was changed holds for all that come after.
      if (operation.id === 'changePolicy') {
        await app.sdk.policy.update({ mfa: 'optional', backups: 0, reason: 'as it was' })
      }
    }
    const now = await app.look()
    // What the last of them made is not among the users of the first.
    assert.deepEqual((now as unknown[])[1], (before as unknown[])[1])
  },
)

attack('154 155 things of another tenant are answered for like things that do not exist', async (plain) => {
  const app = await wholeApp(plain)
  const known = await furnish(app)
  const stranger = await app.house.newApp({ tenant: 'default', scopes })
  const before = await app.look()
  const tell = ({ status, json, text }: Answer, { method }: Operation) => ({
    status,
    code: json?.['code'],
    detail: json?.['detail'],
    errors: json?.['errors'],
    // What is made is new each time; what is read must be the same nothing.
    ...(method === 'GET' && status < 300 && { text }),
  })
  let tried = 0
  const record = await app.house.recordOf(async () => {
    // Those that read come first: what the others make may bear an address of the other tenant.
    for (const operation of ofClients.toSorted(
      (one, other) => Number(other.method === 'GET') - Number(one.method === 'GET'),
    )) {
      for (const input of inputsFor(operation, known, 8)) {
        const nobodys = withNobodysThings(input, known)
        if (JSON.stringify(nobodys) === JSON.stringify(input) && operation.method !== 'GET') continue
        // A tenant named beside it changes nothing.
        const tenants = {
          'x-tenant-id': 'default-test',
          'x-tenant': 'default-test',
          'x-gatehouse-tenant': 'default-test',
        }
        const seen = await app.send({ ...requestFor(operation, input), by: stranger, headers: tenants })
        const unseen = await app.send({ ...requestFor(operation, nobodys), by: stranger })
        const what = `${operation.id} ${JSON.stringify(input)}: ${seen.text}`
        // The record of a tenant grows while it is read.
        if (/AuditEvents$/.test(operation.id) && seen.status === 200) assert.ok(!mentions(seen, known), what)
        else assert.deepEqual(tell(seen, operation), tell(unseen, operation), what)
        if (pathParameters(operation.path).length > 0) assert.ok(seen.status >= 400, what)
        tried++
      }
    }
  })
  assert.ok(tried > ofClients.length)
  assert.ok(record.every(({ client_system }) => client_system === stranger.slug))
  assert.deepEqual(await app.look(), before)
})

/** Whether an answer tells of anything that exists in the other tenant. */
function mentions({ text }: Answer, known: Known): boolean {
  return [...known.ids.values()].flat().some((id) => text.includes(id))
}

/** Fields by which people have become what they are not elsewhere. */
const forbidden =
  `tenant_id tenant id_ number email_key verified email_verified is_admin admin isAdmin roles scope scopes
  permissions created_at updated_at disabled_at version factors_version password_hash hash pepper_id mfa_required mfa
  acr amr actor client_id_ user_id_ status_ state confirmed_at suspended_at constructor toString $set`.split(/\s+/)

attackOnSqlite('157 no operation takes a field that is not its own', async (plain) => {
  const app = await wholeApp(plain)
  const known = await furnish(app)
  const before = await app.look()
  for (const operation of ofClients) {
    const [input = {}] = inputsFor(operation, known, 1)
    for (const name of forbidden.filter((field) => !(field in operation.input.shape))) {
      const answer = await app.send(requestFor(operation, { ...input, [name]: 'admin' }))
      assertProblem(answer, 'unknown_parameter')
    }
  }
  assert.deepEqual(await app.look(), before)
})

attack('157 an id in the body does not stand for the one in the path', async (app) => {
  const [mine, other] = [await app.createUser(), await app.createUser()]
  const changed = await app.send({ method: 'PATCH', path: `/v1/users/${mine.id}`, body: { id: other.id, name: 'X' } })
  assert.deepEqual([changed.status, changed.json?.['id'], changed.json?.['name']], [200, mine.id, 'X'])
  assert.equal((await app.sdk.users.get({ id: other.id })).name, other.name)
})

attackOnSqlite(
  '163 no list gives more than it should, whatever place, number or filter is asked for',
  async (plain) => {
    const app = await wholeApp(plain)
    const known = await furnish(app)
    const stranger = await app.house.newApp({ tenant: 'default', scopes })
    await stranger.createUser()
    await stranger.createUser()
    const lists = ofClients.filter(({ method, input }) => method === 'GET' && 'cursor' in input.shape)
    assert.ok(lists.length >= 2)
    const ask = (path: string, query: Readonly<Record<string, string>>, by = app) =>
      app.send({ path: `${path}?${new URLSearchParams(query)}`, by })
    for (const { path, input } of lists) {
      const target = path.replace(/\{[a-z_]+\}/g, known.ids.get('usr')?.[0] ?? '')
      for (const limit of [
        '-1',
        '0',
        '201',
        '1e9',
        '1000000000',
        '999999999999999999999',
        'NaN',
        '',
        ' ',
        '1 OR 1=1',
        '[]',
      ]) {
        assertProblem(await ask(target, { limit }), 'invalid_request')
      }
      for (const name of [
        'sort',
        'order',
        'order_by',
        'filter',
        'where',
        'fields',
        'include',
        'tenant',
        'limit[$gt]',
      ]) {
        assertProblem(await ask(target, { [name]: 'password' }), 'unknown_parameter')
      }
      for (const name of Object.keys(input.shape)) {
        for (const text of ["' OR 1=1 --", '{"$ne":null}', '*', '%', "x'; drop table user; --", '1) or (1=1']) {
          const answer = await ask(target, { [name]: text })
          assert.ok(answer.status === 400 || Array.isArray(answer.json?.['data']), `${name}=${text}: ${answer.text}`)
          if (answer.status === 200) assert.deepEqual(answer.json?.['data'], [], `${name}=${text}: ${answer.text}`)
        }
      }
      // The place in another tenant's list is a place in one's own.
      const page = await ask(target, { limit: '1' }, stranger)
      const cursor = page.json?.['next_cursor']
      if (typeof cursor !== 'string') continue
      const answer = await ask(target, { cursor, limit: '200' })
      const theirs = JSON.stringify((await ask(target, { limit: '200' }, stranger)).json?.['data'])
      assert.ok([200, 400].includes(answer.status), answer.text)
      for (const { id } of (answer.json?.['data'] ?? []) as { id: string }[]) assert.ok(!theirs.includes(id), id)
    }
    await assertRefused(app, { path: '/v1/users?cursor=MTIzNDU2Nzg5' }, { code: 'invalid_request' })
  },
)
