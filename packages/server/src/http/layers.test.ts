import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import * as factorApi from '@gatehouse/contract/factor-operations'
import type { Caller, Operation, Scope } from '@gatehouse/contract/operation'
import { defaultPolicy } from '@gatehouse/contract/policy'
import type { ProblemCode } from '@gatehouse/contract/problems'
import * as signInApi from '@gatehouse/contract/sign-in-operations'
import * as userApi from '@gatehouse/contract/user-operations'
import { allowList } from '../clients/allow-list.ts'
import type { Client } from '../clients/client.ts'
import { hmacSha256 } from '../crypto/hmac-sha256.ts'
import { Fault, type FaultOptions } from '../kernel/fault.ts'
import { requestIds } from '../kernel/ids.ts'
import { leases } from '../kernel/leases.ts'
import { refusalTally } from '../log/refusal-tally.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { createMemoryCounters } from '../storage/memory-counters.ts'
import type { Storage } from '../storage/storage.ts'
import type { Call, House } from './call.ts'
import { checkScope } from './check-scope.ts'
import { checkShape } from './check-shape.ts'
import { checkSignature } from './check-signature.ts'
import { demandTls } from './demand-tls.ts'
import { findAddress } from './find-address.ts'
import { findClient } from './find-client.ts'
import { layers } from './layers.ts'
import { parseBody } from './parse-body.ts'
import { refuseReplay } from './refuse-replay.ts'

const now = new Date(1_710_072_000_000)
const world = { now: () => now, random: (bytes: number) => randomBytes(bytes) }

function clientOf(slug: string, scopes: readonly Scope[] = ['users:read']): Client {
  return {
    id: `cli_${slug}`,
    tenantId: 'ten_1',
    isTest: false,
    slug,
    name: slug,
    allowList: allowList(['192.0.2.0/24']),
    scopes: new Set(scopes),
    schemes: new Set(['v1', 'v2', 'rfc9421']),
    publicKeys: [],
    redirectUris: [],
    numericSub: false,
    localVerification: false,
    tokenKeyNumber: 0,
    limits: {},
    secrets: [{ id: 'sec_1', mac: hmacSha256(Buffer.from(`secret of ${slug}`)), expiresAt: null, lastUsedAt: null }],
  }
}
const portal = clientOf('portal')

/** A house without a database: the layers need its clients and its counters. */
function houseOf(): House {
  return {
    world,
    nameRequest: requestIds(world.random),
    policy: defaultPolicy(),
    storage: { counters: { ...createMemoryCounters(), update: () => assert.fail() } } as Partial<Storage> as Storage,
    clients: leases(async (slug) => (slug === 'portal' ? portal : undefined), { forMs: 500, size: 10 }),
    secretUses: { note: () => undefined },
    sessions: {} as Sessions,
    answers: { admit: () => assert.fail() },
    clientTokens: { find: () => assert.fail() },
    secondFactor: { judge: () => assert.fail(), isOwned: () => assert.fail() },
    publicUrl: 'https://auth.example.test',
    entrance: { isTrustedProxy: undefined, forwardedHeader: 'x-forwarded-for', demandsTls: true },
    findPlace: () => undefined,
    refusals: refusalTally(),
    opensAt: 0,
    reportFailure: (error) => assert.fail(String(error)),
  }
}

function callOf(given: Partial<Call> = {}): Call {
  return {
    operation: signInApi.login,
    requestId: 'req_1',
    moment: { now, random: world.random },
    target: '/v1/auth/login',
    headers: {},
    parameters: {},
    query: '',
    origin: { proxy: undefined, address: '192.0.2.7', isSecure: true },
    address: '192.0.2.7',
    claimed: undefined,
    client: undefined,
    bearer: undefined,
    administrator: undefined,
    secretId: undefined,
    granted: undefined,
    body: new Uint8Array(),
    input: {},
    signatureOnce: undefined,
    admitted: undefined,
    answerHeaders: {},
    owed: [],
    ...given,
  }
}

function signed(
  body: string,
  { operation = signInApi.login as Operation, timestamp = '1710072000', client = portal } = {},
) {
  const mac = createHmac('sha256', `secret of ${client.slug}`).update(`${timestamp}.${body}`).digest('hex')
  const headers = { 'x-timestamp': timestamp, 'x-signature': `sha256=${mac}` }
  return callOf({ operation, claimed: client, headers, body: Buffer.from(body) })
}

/** How it was refused, or undefined when it passed. */
async function refusal(pass: () => void | Promise<void>): Promise<({ code: ProblemCode } & FaultOptions) | undefined> {
  try {
    await pass()
    return undefined
  } catch (error) {
    assert.ok(error instanceof Fault, String(error))
    return { code: error.code, ...error.options }
  }
}

async function codeOf(pass: () => void | Promise<void>): Promise<ProblemCode | 'passes'> {
  return (await refusal(pass))?.code ?? 'passes'
}

const wallsOf = (caller: Caller) =>
  layers.filter(({ callers }) => callers.includes(caller)).map(({ name, stage }) => ({ name, stage }))

test('the walls stand in the order of the design', () => {
  assert.deepEqual(
    wallsOf('client').map(({ name }) => name),
    [
      'limits of shape',
      'TLS demanded',
      'who is calling',
      'a restored server waits',
      'client known and address on its list',
      'timestamp and signature over the raw bytes',
      'signature not seen before',
      'use of the secret noted',
      'rate limit of the client',
      'body parsed against the contract',
      'rate limit of the class',
      'who acts and may they',
      'request not carried out before',
      'second factor, fresh where it is demanded',
    ],
  )
  assert.deepEqual(
    wallsOf('user').map(({ name }) => name),
    [
      'limits of shape',
      'TLS demanded',
      'who is calling',
      'a restored server waits',
      'whose access token',
      'rate limit of the class',
      'body parsed against the contract',
      'second factor, fresh where it is demanded',
    ],
  )
  assert.deepEqual(
    wallsOf('admin').map(({ name }) => name),
    [
      'limits of shape',
      'TLS demanded',
      'who is calling',
      'a restored server waits',
      'which administrator',
      'rate limit of the class',
      'body parsed against the contract',
      'who acts and may they',
      'second factor, fresh where it is demanded',
    ],
  )
})

test('what needs no body stands before the body is read', () => {
  const stages = layers.map(({ stage }) => stage)
  assert.deepEqual(
    stages,
    stages.toSorted((a, b) => Number(a === 'body') - Number(b === 'body')),
  )
})

test('020: bodies in another coding than their own are refused', async () => {
  for (const coding of ['gzip', 'br', 'deflate', 'chunked', '', 'identity, gzip', 'GZIP', 'x']) {
    const call = callOf({ headers: { 'content-encoding': coding } })
    assert.equal(await codeOf(() => checkShape(call)), 'unsupported_media_type', coding)
  }
  assert.equal(await codeOf(() => checkShape(callOf({ headers: { 'content-encoding': 'identity' } }))), 'passes')
})

test('a GET has no body, since no signature would cover it', async () => {
  const shapes = [{ 'content-length': '2' }, { 'content-length': '00' }, { 'transfer-encoding': 'chunked' }]
  for (const headers of shapes) {
    assert.equal(await codeOf(() => checkShape(callOf({ operation: userApi.getUser, headers }))), 'invalid_request')
    assert.equal(await codeOf(() => checkShape(callOf({ operation: signInApi.login, headers }))), 'passes')
  }
  for (const headers of [{}, { 'content-length': '0' }]) {
    assert.equal(await codeOf(() => checkShape(callOf({ operation: userApi.getUser, headers }))), 'passes')
  }
})

test('outside of development a call in plain HTTP is refused, and told what was seen of it', async () => {
  const house = houseOf()
  const plain = { proxy: undefined, address: '198.51.100.1', isSecure: false }
  for (const [origin, detail] of [
    [plain, 'The call came from 198.51.100.1 over plain HTTP.'],
    [{ ...plain, address: undefined }, 'The call came from an unknown address over plain HTTP.'],
    [{ ...plain, proxy: '10.0.0.1' }, 'The proxy at 10.0.0.1 did not say that it was called over HTTPS.'],
  ] as const) {
    const call = callOf({ origin })
    assert.deepEqual(await refusal(() => demandTls(call, house)), { code: 'https_required', detail })
    const development = { ...house, entrance: { ...house.entrance, demandsTls: false } }
    assert.equal(await codeOf(() => demandTls(call, development)), 'passes')
  }
  assert.equal(await codeOf(() => demandTls(callOf(), house)), 'passes')
})

test('026: a caller whose address cannot be told is refused, and a proxy is told that it did not say it', async () => {
  for (const [proxy, detail] of [
    [undefined, 'The address of the caller cannot be told.'],
    ['10.0.0.1', 'The proxy at 10.0.0.1 did not say who calls, by x-forwarded-for.'],
  ] as const) {
    const call = callOf({ origin: { proxy, address: undefined, isSecure: true } })
    assert.deepEqual(await refusal(() => findAddress(call, houseOf())), { code: 'client_not_allowed', detail })
  }
})

test('the address that was found is the one that the walls behind go by', () => {
  const call = callOf({ origin: { proxy: '10.0.0.1', address: '198.51.100.1', isSecure: true }, address: '10.0.0.1' })
  findAddress(call, houseOf())
  assert.equal(call.address, '198.51.100.1')
})

test('029: a name that nobody has and a wrong address are refused alike', async () => {
  const house = houseOf()
  const refusals = []
  for (const [slug, address] of [
    ['nobody', '192.0.2.7'],
    ['nobody', '192.0.3.7'],
    ['portal', '192.0.3.7'],
    ['PORTAL', '192.0.2.7'],
    ['portal, portal', '192.0.2.7'],
    ['__proto__', '192.0.2.7'],
  ] as const) {
    for (const round of ['first', 'remembered']) {
      const call = callOf({ headers: { 'x-client-id': slug }, address })
      const { detail, ...rest } = (await refusal(() => findClient(call, house))) ?? assert.fail(`${slug} ${round}`)
      assert.equal(detail, `The call came from ${address}.`)
      assert.equal(call.client, undefined)
      refusals.push(rest)
    }
  }
  for (const one of refusals) assert.deepEqual(one, { code: 'client_not_allowed' })
})

test('a known client from an address on its list is found, the second time at once', async () => {
  const house = houseOf()
  for (const round of ['first', 'remembered']) {
    const call = callOf({ headers: { 'x-client-id': 'portal' } })
    const passing = findClient(call, house)
    assert.equal(passing instanceof Promise, round === 'first')
    await passing
    // Who has signed nothing yet is nobody.
    assert.deepEqual([call.claimed, call.client], [portal, undefined])
  }
})

test('a name of another form is nobody’s: it is not looked up, so that strangers cannot fill the memory', async () => {
  const asked: string[] = []
  const load = async (slug: string) => {
    asked.push(slug)
    return undefined
  }
  const house = { ...houseOf(), clients: leases<Client>(load, { forMs: 500, size: 10 }) }
  for (const slug of [
    'a',
    'a-z',
    'x'.repeat(64),
    'x'.repeat(65),
    'x'.repeat(16_000),
    'Portal',
    'a_b',
    'a, b',
    'é',
    ' ',
    "' OR 1=1",
  ]) {
    const call = callOf({ headers: { 'x-client-id': slug } })
    assert.equal(await codeOf(() => findClient(call, house)), 'client_not_allowed')
  }
  assert.deepEqual(asked, ['a-z', 'x'.repeat(64)])
})

test('002: without a name, a signature or a timestamp the answer is the same', async () => {
  const house = houseOf()
  const whole = signed('{}')
  const answers = [
    await refusal(() => findClient(callOf(), house)),
    await refusal(() => findClient(callOf({ headers: { 'x-client-id': '' } }), house)),
    await refusal(() => checkSignature({ ...whole, headers: { ...whole.headers, 'x-signature': undefined } }, house)),
    await refusal(() => checkSignature({ ...whole, headers: { ...whole.headers, 'x-timestamp': undefined } }, house)),
    await refusal(() => checkSignature({ ...whole, claimed: undefined }, house)),
  ]
  for (const answer of answers) assert.deepEqual(answer, { code: 'signature_missing' })
})

test('a right signature passes, and a body makes it single use', async () => {
  const house = houseOf()
  const call = signed('{}')
  checkSignature(call, house)
  assert.ok(typeof call.signatureOnce === 'object' && call.signatureOnce.digest.length === 32)
  const read = signed('', { operation: userApi.listUsers })
  checkSignature(read, house)
  assert.equal(read.signatureOnce, undefined)
})

test('a signature over nothing authorises nothing but reading', async () => {
  for (const operation of [signInApi.login, userApi.updateUser, factorApi.removeFactor]) {
    const call = signed('', { operation })
    assert.equal(await codeOf(() => checkSignature(call, houseOf())), 'signature_invalid', operation.id)
  }
})

test('003, 007: a wrong signature, a time out of range and another client are told apart from nothing else', async () => {
  const house = houseOf()
  const changed = { ...signed('{}'), body: Buffer.from('{ }') }
  assert.equal(await codeOf(() => checkSignature(changed, house)), 'signature_invalid')
  for (const [timestamp, code] of [
    ['1710071699', 'signature_timestamp_out_of_range'],
    ['1710071700', 'passes'],
    ['1710072300', 'passes'],
    ['1710072301', 'signature_timestamp_out_of_range'],
  ] as const) {
    assert.equal(await codeOf(() => checkSignature(signed('{}', { timestamp }), house)), code, timestamp)
  }
  const foreign = { ...signed('{}', { client: clientOf('other') }), claimed: portal }
  assert.equal(await codeOf(() => checkSignature(foreign, house)), 'signature_invalid')
})

test('012: two signatures or two timestamps are none', async () => {
  const whole = signed('{}')
  for (const name of ['x-signature', 'x-timestamp']) {
    const value = String(whole.headers[name])
    const joined = { ...whole, headers: { ...whole.headers, [name]: `${value}, ${value}` } }
    assert.equal(await codeOf(() => checkSignature(joined, houseOf())), 'signature_invalid', name)
    const list = { ...whole, headers: { ...whole.headers, [name]: [value, value] } }
    assert.equal(await codeOf(() => checkSignature(list, houseOf())), 'signature_missing', name)
  }
})

test('008: a signature is good once for its client, and what remembers it is owed to the commit', async () => {
  const house = houseOf()
  const first = callOf({ client: portal, signatureOnce: 'ab'.repeat(32) })
  await refuseReplay(first, house)
  assert.equal(first.owed.length, 1)
  const again = callOf({ client: portal, signatureOnce: 'ab'.repeat(32) })
  assert.equal(await codeOf(() => refuseReplay(again, house)), 'signature_replayed')
  const others = [
    callOf({ client: portal, signatureOnce: 'cd'.repeat(32) }),
    callOf({ client: clientOf('other'), signatureOnce: 'ab'.repeat(32) }),
  ]
  for (const other of others) assert.equal(await codeOf(() => refuseReplay(other, house)), 'passes')
})

test('008: a signature is remembered until its time is long out of range', async () => {
  const house = houseOf()
  const at = (seconds: number) =>
    callOf({
      client: portal,
      signatureOnce: 'ab'.repeat(32),
      moment: { now: new Date(now.getTime() + seconds * 1000), random: world.random },
    })
  assert.equal(await codeOf(() => refuseReplay(at(0), house)), 'passes')
  assert.equal(await codeOf(() => refuseReplay(at(659), house)), 'signature_replayed')
  assert.equal(await codeOf(() => refuseReplay(at(660), house)), 'passes')
})

test('197: of a hundred calls with one signature at the same time, one passes', async () => {
  const house = houseOf()
  const calls = Array.from({ length: 100 }, () => callOf({ client: portal, signatureOnce: 'ab'.repeat(32) }))
  const codes = await Promise.all(calls.map((call) => codeOf(() => refuseReplay(call, house))))
  assert.equal(codes.filter((code) => code === 'passes').length, 1)
})

test('a signature that may be used again is not remembered', async () => {
  const call = callOf({ client: portal })
  await refuseReplay(call, houseOf())
  assert.deepEqual(call.owed, [])
})

function inputOf(call: Call): Readonly<Record<string, unknown>> {
  parseBody(call, houseOf())
  return call.input
}

const userId = 'usr_0123456789abcdefghjkmnpqrs'

test('the input is the query or the body, with the parameters of the path over it', () => {
  const parameters = { id: userId }
  assert.deepEqual(inputOf(callOf({ operation: userApi.listUsers, query: 'limit=5' })), { limit: 5 })
  const body = Buffer.from(JSON.stringify({ id: 'usr_somebodyelse', name: 'Ada', nonce: 'n1' }))
  assert.deepEqual(inputOf(callOf({ operation: userApi.updateUser, parameters, body })), { id: userId, name: 'Ada' })
})

test('a query is read whole, and a name that stands twice has both values', async () => {
  const read = (query: string) => inputOf(callOf({ operation: userApi.listUsers, query }))
  assert.deepEqual(read('limit=5&external_id=a%26b+%2B'), { limit: 5, external_id: 'a&b +' })
  const many = new URLSearchParams(Array.from({ length: 2000 }, (_, i) => [`n${i}`, '']))
  for (const query of ['limit=5&limit=6', `limit=5&${many}&limit=6`, `limit=5&${many}`, '__proto__=1', 'limit=']) {
    assert.ok(await refusal(() => void read(query)), query)
  }
})

test('what is no object, or has a query beside its body, is refused', async () => {
  for (const body of ['[]', 'null', '1', '"x"', 'true', '[{"email":"a@b","password":"x"}]']) {
    const answer = await refusal(() => parseBody(callOf({ body: Buffer.from(body) }), houseOf()))
    assert.equal(answer?.code, 'invalid_request', body)
    assert.match(answer?.detail ?? '', /object/)
  }
  assert.equal(await codeOf(() => parseBody(callOf({ body: Buffer.from('') }), houseOf())), 'invalid_json')
  const both = callOf({ body: Buffer.from('{"email":"a@b","password":"x"}'), query: 'email=c@d' })
  assert.equal(await codeOf(() => parseBody(both, houseOf())), 'unknown_parameter')
})

test('189: the bounds of depth and names are those of the policy', async () => {
  const house = { ...houseOf(), policy: { ...defaultPolicy(), bodyDepth: 4, bodyNames: 50 } }
  const deep = callOf({ body: Buffer.from('{"a":[[[[]]]]}') })
  assert.equal(await codeOf(() => parseBody(deep, house)), 'invalid_json')
  const wide = callOf({
    body: Buffer.from(JSON.stringify(Object.fromEntries(Array.from({ length: 51 }, (_, i) => [i, 0])))),
  })
  assert.equal(await codeOf(() => parseBody(wide, house)), 'invalid_json')
})

test('a client needs the scope of the operation, and is told which', async () => {
  assert.equal(await codeOf(() => checkScope(callOf({ operation: userApi.getUser, client: portal }))), 'passes')
  for (const client of [portal, clientOf('none', []), undefined]) {
    const answer = await refusal(() => checkScope(callOf({ operation: signInApi.login, client })))
    assert.deepEqual(answer, { code: 'insufficient_scope', detail: 'The operation needs the scope auth.' })
  }
})
