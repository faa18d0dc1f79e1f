import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { AuditEvent } from '@gatehouse/contract/resources'
import { isGatehouseError } from '@gatehouse/sdk'
import { judge } from '../judge.ts'
import {
  type App,
  assertInactive,
  attack,
  createGuardedUser,
  openChallenge,
  password,
  send,
  signIn,
} from './support.ts'

const program = fileURLToPath(new URL('../php/verify-log.php', import.meta.url))

type Check = Readonly<Record<string, unknown>>

/** What the independent program says to each check: true, or why not; undefined where there is no PHP. */
function verify(verifierKey: string, checks: readonly Check[]): readonly (true | string)[] | undefined {
  const php = judge('php', 'php-cli')
  if (php.missing) return undefined
  return JSON.parse(php.run([program], JSON.stringify({ verifier_key: verifierKey, checks })))
}

const everyCheckHolds = (results: readonly (true | string)[] | undefined) =>
  assert.deepEqual(results?.filter((result) => result !== true) ?? [], [])

async function readSealed(app: App): Promise<readonly AuditEvent[]> {
  await app.house.server.runJobs()
  const record: AuditEvent[] = []
  for await (const event of app.sdk.auditEvents.list({})) record.unshift(event)
  return record
}

async function proveEach(app: App, events: readonly AuditEvent[]) {
  return Promise.all(
    events.map(async ({ position }) => ({
      kind: 'inclusion',
      ...(await app.sdk.auditEvents.inclusionProof({ position: position! })),
    })),
  )
}

attack('167 another program agrees: checkpoints, inclusion and consistency', async (app, t) => {
  const before: string[] = []
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i <= round; i++) await app.createUser()
    await app.house.server.runJobs()
    before.push((await app.sdk.auditEvents.checkpoint({})).checkpoint)
  }
  const sealed = await readSealed(app)
  const { checkpoint, verifier_key, size } = await app.sdk.auditEvents.checkpoint({})
  const inclusions = await proveEach(app, sealed)
  const consistencies = await Promise.all(
    before.map(async (note) => {
      const from = Number(note.split('\n')[1])
      const { hashes, to } = await app.sdk.auditEvents.consistencyProof({ from })
      assert.equal(to, size)
      return { kind: 'consistency', before: note, checkpoint, hashes }
    }),
  )
  assert.ok(inclusions.length > 20)
  const results = verify(verifier_key, [...inclusions, ...consistencies])
  if (!results) return t.diagnostic('not checked: an independent verifier (php is missing; apt-get install php-cli)')
  everyCheckHolds(results)
  assert.equal(results.length, inclusions.length + consistencies.length)

  // What the leaf says is what the record shows.
  for (const [index, event] of sealed.entries()) {
    const [, id, , type, at, , , userId] = JSON.parse(inclusions[index]!.leaf)
    assert.deepEqual([id, type, at, userId], [event.id, event.type, Date.parse(event.timestamp), event.user_id])
    assert.deepEqual(inclusions[index]!.opening?.fields.slice(0, 2), [event.email, event.ip_address])
  }

  // The program does see what is wrong.
  const [proof] = inclusions.filter(({ hashes }) => hashes.length > 2)
  const [first, ...rest] = consistencies
  assert.ok(proof && first)
  const wrong = [
    { ...proof, leaf: `${proof.leaf} ` },
    { ...proof, position: proof.position + 1 },
    { ...proof, hashes: proof.hashes.slice(1) },
    { ...proof, hashes: [...proof.hashes, proof.hashes[0]] },
    { ...proof, hashes: proof.hashes.toReversed() },
    { ...proof, checkpoint: proof.checkpoint.replace(/\n\d+\n/, `\n${proof.size + 1}\n`) },
    { ...proof, checkpoint: before[0] },
    { ...proof, opening: { salt: '00'.repeat(16), fields: [null, null, null, null] } },
    { ...first, hashes: first.hashes.slice(1) },
    { ...first, hashes: first.hashes.toReversed() },
    { ...first, before: before[1] },
    ...(rest[0] ? [{ ...rest[0], hashes: first.hashes }] : []),
  ]
  assert.deepEqual(
    verify(verifier_key, wrong)?.map((result) => typeof result),
    wrong.map(() => 'string'),
  )
})

attack('168 an inner node is not taken for a leaf, nor a leaf for a node', async (app, t) => {
  for (let i = 0; i < 4; i++) await app.createUser()
  await app.house.server.runJobs()
  const { verifier_key, size } = await app.sdk.auditEvents.checkpoint({})
  const [proof] = (await proveEach(app, await readSealed(app))).filter(
    ({ position, hashes }) => position % 2 === 0 && hashes.length > 1,
  )
  assert.ok(proof)
  // The two hashes below a node, handed out as the text of one leaf: without prefixes this would be in the log.
  const hashOf = (...parts: readonly (string | Uint8Array)[]) =>
    createHash('sha256')
      .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
      .digest()
  const own = hashOf(Uint8Array.of(0), proof.leaf)
  const sibling = Buffer.from(proof.hashes[0]!, 'base64')
  const above = {
    kind: 'raw leaf',
    position: proof.position / 2,
    size: Math.ceil(size / 2),
    checkpoint: proof.checkpoint,
  }
  const asLeaf = (prefix: readonly number[]) => ({
    ...above,
    leaf: Buffer.concat([Buffer.from(prefix), own, sibling]).toString('base64'),
    hashes: proof.hashes.slice(1),
  })
  // And a node that lacks its prefix: the leaf's own hash in the place of the text.
  const twice = { ...above, position: proof.position, size, leaf: own.toString('base64'), hashes: proof.hashes }
  const honest = { ...twice, leaf: Buffer.from(proof.leaf).toString('base64') }
  const results = verify(verifier_key, [asLeaf([]), asLeaf([1]), asLeaf([0]), twice, honest])
  if (!results) return t.diagnostic('not checked: an independent verifier (php is missing; apt-get install php-cli)')
  assert.deepEqual(results, [...Array.from({ length: 4 }, () => 'the root is another'), true])
})

attack('169 a person is forgotten, and every proof still holds', async (app, t) => {
  const end_user = { ip: '198.51.100.77', user_agent: 'A browser that is only theirs' }
  const { user, phone } = await createGuardedUser(app)
  const neighbour = await app.sdk.users.create({ email: `neighbour-${app.slug}@example.test`, password })
  const token = await signIn(app, neighbour)
  await app.sdk.auth.login({ email: user.email, password, end_user })
  const challenge = await openChallenge(app, user)
  await app.send({ path: '/v1/auth/login', body: { email: user.email, password: 'wrong', end_user } })
  const sealedBefore = await readSealed(app)
  const theirs = (events: readonly AuditEvent[]) => events.filter(({ user_id }) => user_id === user.id)
  const { checkpoint: before } = await app.sdk.auditEvents.checkpoint({})
  // One more that is not sealed yet when they go.
  await openChallenge(app, user)

  await app.sdk.users.erase({ id: user.id, reason: 'asked to be forgotten' })
  const gone = async (call: Promise<unknown>) => assert.rejects(call, (error) => isGatehouseError(error, 'not_found'))
  await gone(app.sdk.users.get({ id: user.id }))
  await gone(app.sdk.users.factors.list({ id: user.id }))
  await gone(app.sdk.users.erase({ id: user.id, reason: 'again' }))
  await gone(app.sdk.factors.remove({ id: phone.factorId }))
  assert.deepEqual((await app.sdk.users.listPage({ email: user.email })).data, [])
  const answers = await Promise.all([
    app.send({ path: '/v1/auth/login', body: { email: user.email, password } }),
    app.send({ path: `/v1/challenges/${challenge}/verify`, body: { code: '000000' } }),
  ])
  assert.deepEqual(
    answers.map(({ json }) => json?.['code']),
    ['invalid_credentials', 'challenge_expired'],
  )

  const record = await readSealed(app)
  assert.ok(theirs(record).length > 5)
  for (const event of theirs(record).filter(({ type }) => type !== 'user.erased')) {
    const personal = [event.email, event.ip_address, event.user_agent, event.geo_location]
    assert.deepEqual(personal, [null, null, null, null], event.type)
  }
  const told = JSON.stringify(theirs(record))
  for (const trace of [user.email, end_user.ip, end_user.user_agent]) assert.ok(!told.includes(trace), trace)
  // Whoever stands beside them keeps everything.
  const others = (events: readonly AuditEvent[]) => events.filter(({ user_id }) => user_id === neighbour.id)
  assert.deepEqual(others(record), others(sealedBefore))
  assert.ok((await app.sdk.tokens.validate({ token })).active)
  // The address is free again, for somebody new.
  assert.notEqual((await app.sdk.users.create({ email: user.email })).id, user.id)

  const { checkpoint, verifier_key } = await app.sdk.auditEvents.checkpoint({})
  const inclusions = await proveEach(app, record)
  const erased = inclusions.filter(({ opening }) => opening === null)
  assert.equal(erased.length, theirs(record).length - 1)
  const { hashes } = await app.sdk.auditEvents.consistencyProof({ from: Number(before.split('\n')[1]) })
  const results = verify(verifier_key, [...inclusions, { kind: 'consistency', before, checkpoint, hashes }])
  if (!results) return t.diagnostic('not checked: an independent verifier (php is missing; apt-get install php-cli)')
  everyCheckHolds(results)
})

attack('169 with a person their sessions go at once', async (app) => {
  const user = await app.sdk.users.create({ email: `${app.slug}@example.test`, password })
  const token = await signIn(app, user)
  assert.ok((await app.sdk.tokens.validate({ token })).active)
  await app.sdk.users.erase({ id: user.id, reason: 'asked to be forgotten' })
  await assertInactive(app, token, 'revoked')
})

attack('167 proofs are for those who may read the record, and of their own tenant', async (app) => {
  await app.createUser()
  const [event] = await readSealed(app)
  assert.ok(event)
  const stranger = await app.house.newApp({ tenant: 'default' })
  const attempt = { path: `/v1/audit-events/inclusion-proof?position=${event.position}` }
  const other = await send(app.house.server.url, { ...stranger, now: app.house.server.clock.now() }, attempt)
  assert.equal(other.json?.['code'], 'not_sealed')
  const blind = await app.house.newApp({ scopes: ['users:read'] })
  for (const path of [attempt.path, '/v1/audit-events/checkpoint', '/v1/audit-events/consistency-proof?from=1']) {
    assert.equal((await blind.send({ path })).json?.['code'], 'insufficient_scope', path)
  }
  const { size } = await app.sdk.auditEvents.checkpoint({})
  for (const [from, to] of [
    [0, 1],
    [2, 1],
    [1, size + 1],
    [1.5, 2],
    [-1, 2],
    ['x', 2],
    [1, 1e300],
  ]) {
    const answer = await app.send({ path: `/v1/audit-events/consistency-proof?from=${from}&to=${to}` })
    assert.equal(answer.json?.['code'], 'invalid_request', `${from} ${to}`)
  }
  const beyond = await app.send({ path: `/v1/audit-events/inclusion-proof?position=${size}` })
  assert.equal(beyond.json?.['code'], 'not_sealed')
})
