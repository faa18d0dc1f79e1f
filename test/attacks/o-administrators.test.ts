import assert from 'node:assert/strict'
import { administratorRoles, dutyOf } from '@gatehouse/contract/administration'
import { everyOperation } from '@gatehouse/contract/every-operation'
import { type Operation, pathParameters, scopes } from '@gatehouse/contract/operation'
import type { AuditEvent } from '@gatehouse/contract/resources'
import fc from 'fast-check'
import { fittingInput, type Input, type Known, learn, requestOf } from '../any-input.ts'
import { type Admin, choosePassword, enrollAdmin, enter, finish, newAdmin, newcomer } from './administrators.ts'
import {
  type Attempt,
  asPerson,
  assertProblem,
  attack,
  attackOnSqlite,
  attacksOn,
  codeOf,
  createGuardedUser,
  openChallenge,
  password,
  phone,
  sendTogether,
  signIn,
  unsigned,
} from './support.ts'

/** Every operation that asks who calls; the reset of a test tenant would take away what the others are tried on. */
const asked = everyOperation.filter(
  ({ id, caller }) => id !== 'resetTestTenant' && (caller === 'client' || caller === 'admin'),
)
const nobodys = '0'.repeat(26)

/** Input that is right in every way, about things that do not exist. */
function inputFor(operation: Operation, known: Known): Input {
  const [input = {}] = fc.sample(fittingInput(operation, known), { numRuns: 1, seed: 7 })
  const { withheld = [] } = dutyOf(operation.id)
  return Object.fromEntries(Object.entries(input).filter(([name]) => !withheld.includes(name)))
}

/** Without a nonce, and so for both columns. */
function requestFor(operation: Operation, input: Input): Attempt {
  const { nonce: _, ...own } = input
  return requestOf(operation, own)
}

/** Ids of every kind that nobody has. */
function nothingKnown(): Known {
  const prefixes = ['usr', 'cli', 'fac', 'chl', 'ses', 'sec', 'rec', 'whe', 'whd', 'alr', 'evt']
  return { ids: new Map(prefixes.map((prefix) => [prefix, [`${prefix}_${nobodys}`]])), values: new Map() }
}

/** What the tenant of the administrators has on record, the newest first. */
async function systemRecord(owner: Admin, query = 'limit=50'): Promise<readonly AuditEvent[]> {
  const answer = await owner.ask({ path: `/v1/audit-events?${query}`, headers: { 'x-tenant': 'system' } })
  assert.equal(answer.status, 200, answer.text)
  return answer.json?.['data'] as AuditEvent[]
}

const refusedAsStranger = ['signature_missing', 'authentication_required', 'token_invalid', 'recovery_only']

attackOnSqlite(
  '153 every route for administrators refuses nobody, users, newcomers, applications, and roles that do not have it',
  async (app) => {
    const known = nothingKnown()
    const user = await app.createUser({ password })
    const userToken = await signIn(app, user)
    const pending = String((await enter(app, (await newcomer(app)).email)).json?.['access_token'])
    const admins = await Promise.all(
      administratorRoles.map(async (role) => [role, await newAdmin(app, { role })] as const),
    )
    const able = await app.house.newApp({ scopes })
    for (const operation of asked) {
      const request = requestFor(operation, inputFor(operation, known))
      const strangers = {
        nobody: { ...unsigned },
        'a user': asPerson(userToken),
        'a newcomer without a second factor': asPerson(pending),
        'a token that was changed': asPerson(`${admins[0]?.[1].token}x`),
      }
      for (const [who, headers] of Object.entries(strangers)) {
        const answer = await app.send({ ...request, headers })
        const code = String(answer.json?.['code'])
        assert.ok(refusedAsStranger.includes(code), `${operation.id} ${who}: ${answer.status} ${answer.text}`)
      }
      if (operation.caller === 'admin') {
        const answer = await app.send({ ...request, by: able })
        assertProblem(answer, 'authentication_required')
      }
      for (const [role, admin] of admins) {
        const answer = await admin.ask(request)
        const code = answer.json?.['code']
        const what = `${operation.id} as ${role}: ${answer.status} ${answer.text}`
        if (dutyOf(operation.id).roles.includes(role)) {
          assert.ok(answer.status < 500, what)
          assert.ok(!['insufficient_scope', 'authentication_required', 'token_invalid'].includes(String(code)), what)
        } else assert.equal(code, 'insufficient_scope', what)
      }
    }
  },
)

attack(
  '154 things of a tenant that an administrator does not look after are like things that do not exist',
  async (app) => {
    const other = await app.house.newApp({ tenant: 'default', scopes })
    const known: Known = { ids: new Map(), values: new Map() }
    const { user } = await createGuardedUser(other)
    const plain = await other.createUser({ password })
    await signIn(other, plain)
    const { endpoint } = await other.sdk.webhookEndpoints.create({ url: 'https://hook.invalid/', events: ['user.*'] })
    learn(known, [user, plain, endpoint, await openChallenge(other, user), other.id])
    learn(known, (await other.sdk.users.factors.list({ id: user.id })).data)
    learn(known, (await other.send({ path: `/v1/users/${plain.id}/sessions` })).json)
    learn(known, (await other.send({ path: `/v1/clients/${other.id}/secrets` })).json)
    learn(known, await other.sdk.auditEvents.listPage({ limit: 1 }))
    const before = await other.look()
    const theirs = await newAdmin(app, { role: 'admin', tenants: ['default-test'] })
    const about = asked.filter(
      ({ id, path, caller }) =>
        caller === 'client' && pathParameters(path).includes('id') && dutyOf(id).roles.includes('admin'),
    )
    let tried = 0
    for (const operation of about) {
      for (const ids of known.ids.values()) {
        for (const id of ids) {
          if (!operation.input.shape['id']?.safeParse(id).success) continue
          const input = inputFor(operation, known)
          const seen = await theirs.ask(requestFor(operation, { ...input, id }))
          const unseen = await theirs.ask(requestFor(operation, { ...input, id: `${id.slice(0, 3)}_${nobodys}` }))
          assertProblem(seen, 'not_found')
          assert.deepEqual([seen.status, seen.json?.['detail']], [unseen.status, unseen.json?.['detail']], operation.id)
          // Nor where they say that they are at home there.
          const claimed = await theirs.ask({
            ...requestFor(operation, { ...input, id }),
            headers: { 'x-tenant': 'default' },
          })
          assertProblem(claimed, 'insufficient_scope')
          tried++
        }
      }
    }
    assert.ok(tried > 20, `${tried} were tried`)
    for (const path of ['/v1/users', '/v1/clients', '/v1/webhook-endpoints', '/v1/audit-events', '/v1/alerts']) {
      const listed = await theirs.ask({ path })
      assert.ok(![...known.ids.values()].flat().some((id) => listed.text.includes(id)), path)
    }
    assert.deepEqual(await other.look(), before)
  },
)

attack(
  '155 a tenant is that of the target, of those that the administrator looks after, whatever the request says',
  async (app) => {
    const owner = await newAdmin(app)
    const theirs = await newAdmin(app, { role: 'admin', tenants: ['default-test'] })
    const [mine, strange] = [await app.createUser(), await (await app.house.newApp({ tenant: 'default' })).createUser()]
    const read = (by: Admin, id: string, tenant: string | readonly string[]) =>
      by.ask({ path: `/v1/users/${id}`, headers: { 'x-tenant': tenant } })
    assert.equal((await read(owner, mine.id, 'default-test')).status, 200)
    assert.equal((await read(owner, strange.id, 'default')).status, 200)
    // The header alone moves nothing: the target is where it is.
    assertProblem(await read(owner, mine.id, 'default'), 'not_found')
    assertProblem(await read(owner, strange.id, 'default-test'), 'not_found')
    assertProblem(await read(theirs, strange.id, 'default'), 'insufficient_scope')
    const answers = []
    for (const tenant of [
      'default',
      'system',
      'nowhere',
      '',
      "' or 1=1",
      'DEFAULT-TEST',
      'default-test,default',
      '__proto__',
    ]) {
      const { json } = await read(theirs, mine.id, tenant)
      answers.push([json?.['code'], json?.['detail']])
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0])
    assert.equal(answers[0]?.[0], 'insufficient_scope')
    assertProblem(await read(theirs, mine.id, ['default-test', 'default']), 'insufficient_scope')
    assertProblem(await theirs.ask({ path: `/v1/users/${mine.id}?tenant=default` }), 'unknown_parameter')
    const patch = { method: 'PATCH', path: `/v1/users/${mine.id}` }
    for (const name of ['tenant', 'tenant_id', 'X-Tenant']) {
      const answer = await theirs.ask({ ...patch, body: JSON.stringify({ name: 'X', [name]: 'default' }) })
      assertProblem(answer, 'unknown_parameter')
    }
    // An owner reads the record of the administrators, and nobody is at home there as in another tenant.
    assert.ok((await systemRecord(owner)).length > 0)
    assertProblem(await read(owner, owner.id, 'system'), 'insufficient_scope')
    assertProblem(await owner.ask({ path: '/v1/users', headers: { 'x-tenant': 'system' } }), 'insufficient_scope')
  },
)

attack(
  '156 what an administrator does to a person needs a fresh proof and a reason, and both are on record',
  async (app) => {
    const admin = await newAdmin(app, { role: 'support' })
    const owner = await newAdmin(app)
    const { user } = await createGuardedUser(app)
    const path = `/v1/users/${user.id}/reset-mfa`
    const body = '{"reason":"lost the phone"}'
    const sessionsPath = `/v1/users/${user.id}/sessions`
    assertProblem(await admin.ask({ path, body: '{}' }), 'invalid_request')
    const unreasoned = await admin.ask({ method: 'DELETE', path: sessionsPath, headers: { 'x-reason': undefined } })
    assertProblem(unreasoned, 'invalid_request')
    assert.match(unreasoned.text, /X-Reason/)
    for (const reason of ['%', '%00', '%20', 'x'.repeat(501), '%ED%A0%80']) {
      const answer = await admin.ask({ method: 'DELETE', path: sessionsPath, headers: { 'x-reason': reason } })
      assertProblem(answer, 'invalid_request')
    }

    app.house.server.clock.advance('301s')
    const record = await app.house.recordOf(async () => {
      const held = { 'x-session-token': admin.sessionToken }
      for (const headers of [{}, held]) {
        const stale = await admin.ask({ path, body, headers })
        assertProblem(stale, 'mfa_stale')
        assert.match(String(stale.headers['www-authenticate']), /insufficient_user_authentication.*max_age="?300/)
      }
      assertProblem(await admin.ask({ path, body, headers: { 'x-mfa-token': '000000' } }), 'mfa_code_invalid')
      assertProblem(await admin.ask({ path, body, headers: { 'x-session-token': owner.sessionToken } }), 'mfa_required')
      assert.equal((await admin.ask({ path: `/v1/users/${user.id}` })).status, 200, 'reading needs no fresh proof')
    })
    const refused = record.filter(({ type }) => type === 'request.refused')
    assert.deepEqual(new Set(refused.map(({ actor }) => actor)), new Set([`admin:${admin.id}`]))
    assert.equal((await app.sdk.users.factors.list({ id: user.id })).data.length, 2)

    const code = codeOf(app, admin.account)
    const done = await app.house.recordOf(async () => {
      const answer = await admin.ask({ path, body, headers: { 'x-mfa-token': code } })
      assert.equal(answer.status, 200, answer.text)
      // The proof goes on in the session, and the code is spent.
      const fresh = { 'x-session-token': answer.headers['x-session-token'] as string, 'x-reason': 'n%C3%B6tig' }
      assert.equal((await admin.ask({ method: 'DELETE', path: sessionsPath, headers: fresh })).status, 200)
      assertProblem(await admin.ask({ path, body, headers: { 'x-mfa-token': code } }), 'totp_code_reused')
    })
    const reset = done.find(({ type }) => type === 'user.mfa_reset')
    assert.deepEqual(
      [reset?.actor, reset?.user_id, reset?.data['reason']],
      [`admin:${admin.id}`, user.id, 'lost the phone'],
    )
    const [first, second] = done.filter(({ type }) => type === 'session.revoked')
    assert.deepEqual(
      [first?.user_id, first?.actor, first?.data['note']],
      [user.id, `admin:${admin.id}`, 'lost the phone'],
    )
    assert.deepEqual([second?.user_id, second?.data['note']], [user.id, 'nötig'])
    // Mails of one moment have no order.
    const mails = (await app.house.server.outbox.all()).filter(({ to }) => to === user.email)
    assert.ok(mails.some(({ kind }) => kind === 'mfa_reset'))

    for (const [what, more] of [
      ['reset-mfa', {}],
      ['unlock', {}],
      ['link', {}],
    ] as const) {
      const attempt = {
        path: `/v1/administrators/${owner.id}/${what}`,
        body: JSON.stringify({ reason: 'me', ...more }),
      }
      const fresh = { 'x-mfa-token': phone.nextCode(owner.account, app.house.server.clock.now()) }
      app.house.server.clock.advance('30s')
      assertProblem(await owner.ask({ ...attempt, headers: fresh }), 'not_on_yourself')
    }
    const factors = (await app.send({ path: '/v1/me/factors', headers: asPerson(owner.token) })).json
    const { data } = factors as { data: { id: string; type: string }[] }
    const own = data.find(({ type }) => type === 'totp')
    const fresh = {
      ...asPerson(owner.token),
      'x-mfa-token': phone.nextCode(owner.account, app.house.server.clock.now()),
    }
    assertProblem(
      await app.send({ method: 'DELETE', path: `/v1/me/factors/${own?.id}`, headers: fresh }),
      'last_factor',
    )
    assert.ok((await systemRecord(owner)).some(({ data }) => data['code'] === 'not_on_yourself'))
  },
)

attackOnSqlite('157 no operation on administrators takes a field that is not its own', async (app) => {
  const owner = await newAdmin(app)
  const known = nothingKnown()
  for (const operation of everyOperation.filter(({ path }) => path.startsWith('/v1/administrators'))) {
    for (const name of [
      'password',
      'new_password',
      'tenant_id',
      'looks_after',
      'has_mfa',
      'id_',
      'disabled_at',
      'constructor',
    ]) {
      if (name in operation.input.shape) continue
      const input = { ...inputFor(operation, known), [name]: 'owner' }
      assertProblem(await owner.ask(requestFor(operation, input)), 'unknown_parameter')
    }
  }
})

attack('158 no administrator sees or sets a password, a secret or a code of somebody else', async (app) => {
  const owner = await newAdmin(app)
  const { user, phone: enrolled } = await createGuardedUser(app)
  const fresh = { email: 'new@person.test', password }
  for (const attempt of [
    { path: '/v1/users', body: JSON.stringify(fresh) },
    { method: 'PATCH', path: `/v1/users/${user.id}`, body: JSON.stringify({ password }) },
    { path: `/v1/users/${user.id}/factors`, body: '{"type":"totp"}' },
    { path: `/v1/factors/${enrolled.factorId}/activate`, body: '{"code":"123456"}' },
    { path: '/v1/auth/login', body: JSON.stringify({ email: user.email, password }) },
    { path: '/v1/tokens/validate', body: '{"token":"a.b.c"}' },
    { path: '/v1/tokens/keys', body: '{}' },
    { path: '/v1/test/outbox' },
    { path: `/v1/users/${user.id}/challenges`, body: '{"purpose":"verify"}' },
  ]) {
    assertProblem(await owner.ask(attempt), 'insufficient_scope')
  }
  const shown = []
  for (const path of ['', '/factors', '/sessions'])
    shown.push((await owner.ask({ path: `/v1/users/${user.id}${path}` })).text)
  shown.push((await owner.ask({ path: `/v1/audit-events?user_id=${user.id}` })).text)
  for (const secret of [enrolled.key, ...enrolled.recoveryCodes, password]) {
    assert.ok(shown.every((text) => !text.includes(secret)))
  }
  // A way in for another administrator is a link, good once, by which they choose what nobody else knows.
  const made = await owner.ask({
    path: '/v1/administrators',
    body: JSON.stringify({ email: `${owner.id}@later.test`, role: 'support', reason: 'new here' }),
  })
  assert.equal(made.status, 201, made.text)
  const { administrator, set_up } = made.json as { administrator: { id: string }; set_up: { link: string } }
  const again = await owner.ask({ path: `/v1/administrators/${administrator.id}/link`, body: '{"reason":"lost it"}' })
  assert.equal((await choosePassword(app, set_up.link)).status, 401, 'the first link is dead')
  const [one, other] = await Promise.all([
    choosePassword(app, String(again.json?.['link'])),
    choosePassword(app, String(again.json?.['link'])),
  ])
  assert.deepEqual([one.status, other.status].toSorted(), [200, 401])
  const record = JSON.stringify(await systemRecord(owner))
  for (const link of [set_up.link, String(again.json?.['link'])])
    assert.ok(!record.includes(new URL(link).hash.slice(1)))
})

attack('159 no role raises itself, acts on a higher one, or mints a token as a user', async (app) => {
  const owner = await newAdmin(app)
  const lower = await Promise.all((['admin', 'support', 'auditor'] as const).map((role) => newAdmin(app, { role })))
  const user = await app.createUser({ password })
  const before = (await owner.ask({ path: '/v1/administrators' })).text
  for (const admin of lower) {
    for (const target of [admin.id, owner.id]) {
      const at = `/v1/administrators/${target}`
      for (const attempt of [
        { method: 'PATCH', path: at, body: '{"role":"owner","reason":"x"}' },
        { method: 'DELETE', path: at, body: '{"reason":"x"}' },
        { path: `${at}/reset-mfa`, body: '{"reason":"x"}' },
        { path: `${at}/link`, body: '{"reason":"x"}' },
        { path: `${at}/unlock`, body: '{"reason":"x"}' },
        { path: '/v1/administrators', body: '{"email":"eve@admin.test","role":"owner","reason":"x"}' },
        { path: `/v1/users/${target}/reset-mfa`, body: '{"reason":"x"}', headers: { 'x-tenant': 'system' } },
        { path: `/v1/users/${target}/disable`, body: '{"reason":"x"}', headers: { 'x-tenant': 'system' } },
      ]) {
        assertProblem(await admin.ask(attempt), 'insufficient_scope')
      }
      // In a tenant of users nobody has the id of an administrator.
      const { status } = await admin.ask({ path: `/v1/users/${target}/reset-mfa`, body: '{"reason":"x"}' })
      assert.ok([403, 404].includes(status))
    }
    assertProblem(
      await admin.ask({ path: '/v1/auth/login', body: JSON.stringify({ email: user.email, password }) }),
      'insufficient_scope',
    )
  }
  const oneself = { method: 'PATCH', path: `/v1/administrators/${owner.id}`, body: '{"role":"admin","reason":"x"}' }
  assertProblem(await owner.ask(oneself), 'not_on_yourself')
  assert.equal((await owner.ask({ path: '/v1/administrators' })).text, before)
  // What an application signs is never an administrator, whatever its users are called.
  const named = await app.sdk.users.update({ id: user.id, role: 'owner' })
  const token = await signIn(app, user)
  assert.equal(named.role, 'owner')
  assertProblem(await app.send({ path: '/v1/administrators', headers: asPerson(token) }), 'token_invalid')
})

const alone = attacksOn({})

alone(
  '160 the last owner who can sign in is not removed, demoted or left without a factor, not even by two at once',
  async (app) => {
    const first = await newAdmin(app)
    const helper = await newAdmin(app, { role: 'admin' })
    const bare = await newcomer(app)
    const about = (target: { readonly id: string }) => ({
      demote: { method: 'PATCH', path: `/v1/administrators/${target.id}`, body: '{"role":"auditor","reason":"x"}' },
      remove: { method: 'DELETE', path: `/v1/administrators/${target.id}`, body: '{"reason":"x"}' },
      reset: { path: `/v1/administrators/${target.id}/reset-mfa`, body: '{"reason":"x"}' },
    })
    for (const attempt of Object.values(about(first))) {
      assertProblem(await first.ask(attempt), 'not_on_yourself')
      assertProblem(await helper.ask(attempt), 'insufficient_scope')
    }
    // Whoever has no factor yet is no owner who could sign in.
    const second = await newAdmin(app)
    assert.equal((await first.ask(about(second).remove)).status, 200)
    assert.equal((await first.ask(about(bare).demote)).status, 200)

    let keeper = first
    for (const what of ['demote', 'remove', 'reset'] as const) {
      // They are all the owners there are, and each takes from the next one at the same time.
      const ring = [keeper, await newAdmin(app), await newAdmin(app)]
      const attempts = ring.map((by, index) => ({
        ...about(ring[(index + 1) % 3] ?? by)[what],
        headers: asPerson(by.token),
      }))
      const answers = await sendTogether(app, attempts)
      const said = answers.map(({ text }) => text).join(' ')
      for (const { status } of answers) assert.ok([200, 401, 403, 404, 409].includes(status), said)
      const lists = await Promise.all(ring.map((by) => by.ask({ path: '/v1/administrators' })))
      const list = lists.find(({ status }) => status === 200) ?? assert.fail(`nobody can look any more: ${said}`)
      const { data } = list.json as { data: { id: string; role: string; has_mfa: boolean }[] }
      const owners = data.filter(({ role }) => role === 'owner')
      keeper =
        ring.find((each) => owners.some(({ id, has_mfa }) => id === each.id && has_mfa)) ??
        assert.fail(`${what}: there is no owner any more who can sign in: ${said}`)
      for (const owner of owners.filter(({ id }) => id !== keeper.id)) await keeper.ask(about(owner).remove)
    }
  },
)

attack('161 a role that was changed holds from the next request on, and who was removed is out', async (app) => {
  const owner = await newAdmin(app)
  const admin = await newAdmin(app, { role: 'admin' })
  const list = { path: '/v1/clients' }
  assert.equal((await admin.ask(list)).status, 200)
  const change = (body: object) =>
    owner.ask({
      method: 'PATCH',
      path: `/v1/administrators/${admin.id}`,
      body: JSON.stringify({ ...body, reason: 'x' }),
    })
  // While a request of theirs is under way.
  const [changed] = await Promise.all([change({ role: 'support' }), admin.ask(list)])
  assert.equal(changed.status, 200, changed.text)
  assertProblem(await admin.ask(list), 'insufficient_scope')
  assert.equal((await admin.ask({ path: '/v1/users' })).status, 200)
  assert.equal((await change({ tenants: ['default'] })).status, 200)
  assertProblem(await admin.ask({ path: '/v1/users' }), 'insufficient_scope')

  const record = await systemRecord(owner)
  const event = record.find(({ type, user_id }) => type === 'administrator.changed' && user_id === admin.id)
  assert.deepEqual([event?.actor, event?.data['reason']], [`admin:${owner.id}`, 'x'])
  const gone = { method: 'DELETE', path: `/v1/administrators/${admin.id}`, body: '{"reason":"left"}' }
  assert.equal((await owner.ask(gone)).status, 200)
  assertProblem(await admin.ask({ path: '/v1/administrators/me' }), 'token_invalid')
  assertProblem(await enter(app, admin.email), 'invalid_credentials')
  assertProblem(await owner.ask(gone), 'not_found')
})

attack(
  '121 whatever ends a user, or is changed of how they prove who they are, ends sessions and refresh',
  async (app) => {
    const admin = await newAdmin(app, { role: 'admin', tenants: ['default-test'] })
    const body = '{"reason":"x"}'
    const ends: Readonly<Record<string, (id: string) => Attempt>> = {
      disabled: (id) => ({ path: `/v1/users/${id}/disable`, body }),
      'signed out': (id) => ({ method: 'DELETE', path: `/v1/users/${id}/sessions`, body }),
      'without factors': (id) => ({ path: `/v1/users/${id}/reset-mfa`, body }),
      erased: (id) => ({ method: 'DELETE', path: `/v1/users/${id}`, body }),
    }
    for (const [what, end] of Object.entries(ends)) {
      const user = await app.createUser({ password })
      const answer = await app.sdk.auth.login({ email: user.email, password })
      assert.ok(answer.status === 'authenticated')
      const ended = await admin.ask(end(user.id))
      assert.equal(ended.status, 200, `${what}: ${ended.text}`)
      const { active } = await app.sdk.tokens.validate({ token: answer.access_token })
      assert.equal(active, false, what)
      const refresh = { path: '/v1/auth/refresh', body: { refresh_token: answer.refresh_token } }
      assertProblem(await app.send(refresh), 'token_invalid')
      if (what !== 'disabled') continue
      const enabled = await admin.ask({ path: `/v1/users/${user.id}/enable`, body })
      assert.equal(enabled.status, 200)
      await signIn(app, user)
    }
  },
)

attack(
  '153 who has no second factor sets one up and does nothing else, and a recovery code opens no more',
  async (app) => {
    const made = await newcomer(app)
    const first = await enter(app, made.email)
    assert.equal(first.json?.['status'], 'mfa_enrollment_required')
    assert.ok(!('refresh_token' in (first.json ?? {})))
    const token = String(first.json?.['access_token'])
    const asNewcomer = (path: string) => app.send({ path, headers: asPerson(token) })
    for (const path of ['/v1/administrators/me', '/v1/administrators', '/v1/users', '/v1/me']) {
      assertProblem(await asNewcomer(path), 'recovery_only')
    }
    const account = await enrollAdmin(app, token)
    assertProblem(await asNewcomer('/v1/administrators/me'), 'recovery_only')
    const signedIn = await finish(app, await enter(app, made.email), account)
    assert.equal(signedIn.json?.['status'], 'authenticated')
    const me = await app.send({
      path: '/v1/administrators/me',
      headers: asPerson(String(signedIn.json?.['access_token'])),
    })
    assert.equal(me.status, 200, me.text)
    assert.match(me.text, /"createAdministrator"/)
  },
)
