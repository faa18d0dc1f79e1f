import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { defaultPolicy } from '@gatehouse/contract/policy'
import type { Client } from '../clients/client.ts'
import { type Context, commit } from '../context.ts'
import { Fault, type FaultOptions } from '../kernel/fault.ts'
import { defaultTenantId } from '../kernel/tenants.ts'
import { openKeyring } from '../keys/keyring.ts'
import { wrappingKeys } from '../keys/wrapping-keys.ts'
import { record } from '../log/record.ts'
import type { Storage } from '../storage/storage.ts'
import { onBothEngines } from '../storage/test-storage.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type First, judgeRepeat } from './judge-repeat.ts'
import { type Admitted, type OnceRequest, openKeptAnswers } from './kept-answers.ts'
import { readKey } from './read-key.ts'

const start = Date.parse('2026-11-22T12:00:00Z')
const policy = defaultPolicy()
const clientOf = (slug: string) => ({ id: `cli_${slug}`, slug, tenantId: defaultTenantId }) as Client
const request: OnceRequest = { key: 'order-1234', operationId: 'createUser', input: { email: 'a@b.test', name: 'A' } }

/** Processes on one database, and what they have really done. */
async function processesOn(storage: Storage) {
  const key = wrappingKeys({ id: 'k1', key: createSecretKey(randomBytes(32)) })
  const keys = await openKeyring(storage, key, { now: new Date(start), random: randomBytes })
  const contextAt = (ms: number, slug = 'portal'): Context => ({
    now: new Date(start + ms),
    random: randomBytes,
    db: storage,
    storage,
    tenantId: defaultTenantId,
    actor: { kind: 'client', client: clientOf(slug) },
    source: { ipAddress: null, userAgent: null },
    requestId: null,
    owed: [],
  })
  const done = async () => {
    const rows = await storage.search((db) => db.selectFrom('event').select('type').where('type', '=', 'user.created'))
    return rows.length
  }
  return { contextAt, done, processOf: (holder: string) => openKeptAnswers({ keys, policy, holder }) }
}

/** Does what can be counted. */
const create = (answer: string) => async (ctx: Context) => {
  await commit(ctx, [record(ctx, { type: 'user.created' })])
  return answer
}

/** What a request with a key is answered: a text, or the code of a refusal. */
async function answerOf(admitting: Promise<Admitted>, ctx: Context, act: (ctx: Context) => Promise<string>) {
  try {
    const admitted = await admitting
    if (!admitted.isRepeat) return await admitted.carryOut(ctx, act)
    return typeof admitted.answer === 'string' ? `again: ${admitted.answer}` : `again: ${admitted.answer.code}`
  } catch (error) {
    assert.ok(error instanceof Fault, String(error))
    return error.code
  }
}

onBothEngines('a request is carried out once and answered alike, until its key is forgotten', async (_t, open) => {
  const { contextAt, done, processOf } = await processesOn(await open())
  const answers = processOf('one')
  const ask = (ms: number, given: Partial<OnceRequest> = {}, slug = 'portal') => {
    const ctx = contextAt(ms, slug)
    return answerOf(answers.admit(ctx, { ...request, ...given }), ctx, create('done'))
  }
  assert.equal(await ask(0), 'done')
  assert.equal(await ask(1), 'again: done')
  assert.equal(
    await processOf('two')
      .admit(contextAt(2), request)
      .then(({ isRepeat }) => isRepeat),
    true,
  )
  assert.equal(await ask(3, { input: { name: 'A', email: 'a@b.test' } }), 'again: done', 'the order of names')
  assert.equal(await ask(3, { input: { ...request.input, name: 'B' } }), 'idempotency_key_reused')
  assert.equal(await ask(3, { operationId: 'disableUser' }), 'idempotency_key_reused')
  assert.equal(await done(), 1)
  assert.equal(await ask(4, {}, 'other'), 'done', 'the key of another client')
  assert.equal(await ask(86_399_999), 'again: done')
  assert.equal(await ask(86_400_000), 'done')
  assert.equal(await ask(86_400_001), 'again: done')
  assert.equal(await done(), 3)
})

onBothEngines('of a hundred that come with one key at once, one is carried out', async (_t, open) => {
  const { contextAt, done, processOf } = await processesOn(await open())
  const nodes = [processOf('one'), processOf('one')]
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, (_, index) => {
      const ctx = contextAt(0)
      return answerOf(nodes[index % 2]!.admit(ctx, request), ctx, create('done'))
    }),
  )
  assert.equal(outcomes.filter((outcome) => outcome === 'done').length, 1)
  const others = outcomes.filter((outcome) => outcome !== 'done')
  assert.deepEqual(
    others.filter((outcome) => outcome !== 'idempotency_in_progress' && outcome !== 'again: done'),
    [],
  )
  assert.equal(await done(), 1)
})

/** Admits a request and never carries it out, as a process does that is killed. */
async function abandon(admitting: Promise<Admitted>) {
  const admitted = await admitting
  assert.ok(!admitted.isRepeat)
  return admitted
}

onBothEngines('a process that ends before it has changed anything has another begin anew', async (_t, open) => {
  const storage = await open()
  const { contextAt, done, processOf } = await processesOn(storage)
  const zombie = await abandon(processOf('dead').admit(contextAt(0), request))
  const ask = (ms: number) => {
    const ctx = contextAt(ms)
    return answerOf(processOf('next').admit(ctx, request), ctx, create('done'))
  }
  // One process alone knows that the other has ended; of several, none does.
  if (storage.engine === 'postgres') assert.equal(await ask(59_999), 'idempotency_in_progress')
  assert.equal(await ask(storage.engine === 'postgres' ? 60_000 : 1), 'done')
  // The first was only slow: what it does now fails.
  const late = contextAt(60_001)
  await assert.rejects(zombie.carryOut(late, create('late')), { code: 'idempotency_in_progress' })
  assert.equal(await ask(60_002), 'again: done')
  assert.equal(await done(), 1)
})

onBothEngines('a process that ends after its commit has nobody do it again', async (_t, open) => {
  const storage = await open()
  const { contextAt, done, processOf } = await processesOn(storage)
  const ctx = contextAt(0)
  const doomed = await abandon(processOf('dead').admit(ctx, request))
  const { promise: committed, resolve: tell } = Promise.withResolvers<void>()
  void doomed.carryOut(ctx, async (ctx) => {
    await create('done')(ctx)
    tell()
    return new Promise(() => {})
  })
  await committed
  const later = contextAt(60_000)
  const ask = () => answerOf(processOf('next').admit(later, request), later, create('twice'))
  assert.equal(await ask(), 'idempotency_answer_lost')
  assert.equal(await done(), 1)
})

onBothEngines('what is refused for good is refused again, what is refused for now is tried again', async (_t, open) => {
  const { contextAt, processOf } = await processesOn(await open())
  const answers = processOf('one')
  const ask = (key: string, act: (ctx: Context) => Promise<string>) => {
    const ctx = contextAt(0)
    return answerOf(answers.admit(ctx, { ...request, key }), ctx, act)
  }
  const refusing =
    (code: Fault['code'], options: FaultOptions = {}) =>
    async (): Promise<string> => {
      throw new Fault(code, options)
    }
  const recorded = { recorded: true, cause: 'ours' }
  assert.equal(await ask('wrong-code', refusing('mfa_code_invalid', recorded)), 'mfa_code_invalid')
  const repeat = await answers.admit(contextAt(0), { ...request, key: 'wrong-code' })
  assert.ok(repeat.isRepeat && repeat.answer instanceof Fault)
  assert.deepEqual(repeat.answer.options, {}, 'it goes on record anew, and says nothing of ours')
  for (const code of ['rate_limited', 'too_many_attempts', 'overloaded', 'version_conflict'] as const) {
    assert.equal(await ask(`later-${code}`, refusing(code)), code)
    assert.equal(await ask(`later-${code}`, create('done')), 'done', code)
  }
  const half = async (ctx: Context) => {
    await create('')(ctx)
    throw new Fault('internal_error')
  }
  assert.equal(await ask('half-done', half), 'internal_error')
  assert.equal(await ask('half-done', create('twice')), 'idempotency_in_progress')
})

onBothEngines('neither request nor answer can be read in the database', async (_t, open) => {
  const storage = await open()
  const { contextAt, processOf } = await processesOn(storage)
  const ctx = contextAt(0)
  const secret = 'gh_rt_a-token-that-must-not-be-read'
  assert.equal(await answerOf(processOf('one').admit(ctx, request), ctx, create(secret)), secret)
  const [row] = await storage.search((db) => db.selectFrom('kept_answer').selectAll())
  assert.ok(row)
  const text = Object.values(row)
    .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
    .join(' ')
  const print = fingerprintOf(request.operationId, request.input)
  for (const word of [secret, request.key, print]) assert.ok(!text.includes(word), word)
})

test('an attempt is begun anew only if it is over and has changed nothing', () => {
  const nowMs = 1000
  const first: First = {
    holder: 'a',
    runs_until: 2000,
    begun_at: null,
    expires_at: 5000,
    isSameRequest: true,
    isAnswered: false,
  }
  const alone = { holder: 'a', isAlone: true }
  const among = { holder: 'b', isAlone: false }
  const cases = [
    ['in_progress', {}, alone],
    ['in_progress', {}, among],
    ['take_over', {}, { holder: 'b', isAlone: true }],
    ['lost', { begun_at: 1 }, { holder: 'b', isAlone: true }],
    ['take_over', { runs_until: 1000 }, among],
    ['lost', { runs_until: 1000, begun_at: 1 }, alone],
    ['replay', { isAnswered: true, begun_at: 1, runs_until: 1 }, among],
    ['other_request', { isSameRequest: false }, alone],
    ['other_request', { isSameRequest: false, isAnswered: true }, alone],
    ['take_over', { isSameRequest: false, isAnswered: true, expires_at: 1000 }, among],
  ] as const
  for (const [verdict, given, asker] of cases) {
    assert.equal(judgeRepeat({ ...first, ...given }, nowMs, asker), verdict, JSON.stringify(given))
  }
})

test('a key is visible text of 8 to 255 characters, in quotes or without', () => {
  for (const key of ['8e03978e-40d5-43e8-bc93-6894a57f9324', 'order_1234.a:b~c', 'x'.repeat(255)]) {
    assert.equal(readKey(key), key)
    assert.equal(readKey(`"${key}"`), key)
  }
  for (const header of [
    '',
    'short',
    'x'.repeat(256),
    'two keys, one',
    'with space',
    'with"quote',
    '"half-quoted',
    'back\\slash',
    'é'.repeat(10),
    '""',
    ['12345678', '12345678'],
  ]) {
    assert.throws(() => readKey(header), { code: 'invalid_request' }, String(header))
  }
})
